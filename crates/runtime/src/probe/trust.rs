//! Whose certificates are taken.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

/// TLS that trusts the system's authorities, and those of `extra`.
pub(super) fn connector(extra: Option<&Path>) -> Result<TlsConnector> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match extra {
        Some(file) => {
            let roots = authorities(file).with_context(|| format!("{} cannot be used", file.display()))?;
            Verifier::new_with_extra_roots(roots, Arc::clone(&provider))?
        }
        None => Verifier::new(Arc::clone(&provider))?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The certificates of a PEM file.
pub(super) fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)?.collect();
    let found = found?;
    anyhow::ensure!(!found.is_empty(), "there is no certificate in it");
    Ok(found)
}
