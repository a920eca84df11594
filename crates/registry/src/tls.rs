//! TLS: the server's own certificate, and the certificates that readers of the call path show.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use axum::Extension;
use axum::middleware::AddExtension;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tower::Layer as _;

use crate::options::Tls;
use crate::serve::ServeError;

/// SHA-256 of the certificate that the other side of a connection has proved to be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown(pub Option<[u8; 32]>);

/// How the server speaks TLS now.
///
/// # Errors
/// Which file cannot be used, and why.
pub(crate) fn config(files: &Tls) -> Result<Arc<ServerConfig>, ServeError> {
    // Several providers may be compiled in by others; without a choice rustls panics. An error means
    // that the process has chosen one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let own = |source: io::Error| ServeError::Tls {
        certificate: files.certificate.display().to_string(),
        key: files.key.display().to_string(),
        source,
    };
    let chain = certificates(&files.certificate).map_err(own)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable).map_err(own)?;
    let verifier = match &files.clients {
        None => Arc::new(NoClientAuth),
        Some(file) => authority(file)
            .map_err(|source| ServeError::Clients { file: file.display().to_string(), source })?,
    };
    let mut config = ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|error| own(io::Error::other(error)))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Whoever shows a certificate must have it from these; whoever shows none may have a token.
fn authority(file: &Path) -> io::Result<Arc<dyn rustls::server::danger::ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(io::Error::other)?;
    }
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated();
    verifier.build().map_err(io::Error::other)
}

/// Every certificate of a PEM file; at least one.
///
/// # Errors
/// When it cannot be read, or holds none.
pub(crate) fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).and_then(|all| all.collect()).map_err(unreadable);
    let found = found?;
    if found.is_empty() { Err(io::Error::other("there is no certificate in it")) } else { Ok(found) }
}

fn unreadable(error: pem::Error) -> io::Error {
    if let pem::Error::Io(error) = error { error } else { io::Error::other(error) }
}

/// Accepts connections, and tells the requests of each which certificate was shown.
#[derive(Clone, Debug)]
pub(crate) struct Acceptor(RustlsAcceptor);

impl Acceptor {
    pub fn new(config: RustlsConfig) -> Self {
        Self(RustlsAcceptor::new(config))
    }
}

type Accepted<I, S> = (<RustlsAcceptor as Accept<I, S>>::Stream, AddExtension<S, Shown>);

impl<I, S> Accept<I, S> for Acceptor
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Send + 'static,
{
    type Stream = <RustlsAcceptor as Accept<I, S>>::Stream;
    type Service = AddExtension<S, Shown>;
    type Future = Pin<Box<dyn Future<Output = io::Result<Accepted<I, S>>> + Send>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepted = self.0.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let (_, session) = stream.get_ref();
            let first = session.peer_certificates().and_then(|chain| chain.first());
            let shown = Shown(first.map(|certificate| crate::secret::digest(certificate)));
            Ok((stream, Extension(shown).layer(service)))
        })
    }
}
