//! TLS: by an authority of the organisation's own, renewed without a restart.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::Path;
use std::process::Command;

use reqwest::{Certificate, Client};
use rightdoor_registry::{DatabaseUrl, Options, ServeError, Tls, serve};

/// A certificate that vouches for itself.
fn certificate(dir: &Path, name: &str) -> Tls {
    let tls = Tls {
        certificate: dir.join(format!("{name}.pem")),
        key: dir.join(format!("{name}.key")),
        clients: None,
    };
    let arguments = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry \
                     -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let done = Command::new("openssl")
        .args(arguments.split_whitespace())
        .arg("-keyout")
        .arg(&tls.key)
        .arg("-out")
        .arg(&tls.certificate)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    tls
}

fn client(trusted: &Tls) -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let trusted = Certificate::from_pem(&std::fs::read(&trusted.certificate).unwrap()).unwrap();
    Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap()
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (certificate(dir.path(), "first"), certificate(dir.path(), "second"));
    let used =
        Tls { certificate: dir.path().join("used.pem"), key: dir.path().join("used.key"), clients: None };
    let install = |tls: &Tls| {
        std::fs::copy(&tls.certificate, &used.certificate).unwrap();
        std::fs::copy(&tls.key, &used.key).unwrap();
    };
    install(&first);
    let options = Options {
        tls: Some(used.clone()),
        ..Options::new(DatabaseUrl::file(dir.path().join("registry.db")))
    };
    let running = serve(options).await.unwrap();
    let url = format!("{}/readyz", running.url());
    assert!(url.starts_with("https://"));
    assert_eq!(client(&first).get(&url).send().await.unwrap().text().await.unwrap(), "ready\n");
    client(&second).get(&url).send().await.unwrap_err();
    install(&second);
    running.reload().unwrap();
    assert_eq!(client(&second).get(&url).send().await.unwrap().text().await.unwrap(), "ready\n");

    std::fs::write(&used.key, "no key").unwrap();
    running.reload().unwrap_err();
    assert_eq!(client(&second).get(&url).send().await.unwrap().text().await.unwrap(), "ready\n");
    running.stop().await;
}

#[tokio::test]
async fn bad_input_certificates_and_addresses_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options::new(DatabaseUrl::file(dir.path().join("registry.db")));
    let missing =
        Tls { certificate: dir.path().join("no.pem"), key: dir.path().join("no.key"), clients: None };
    let error = serve(Options { tls: Some(missing), ..options() }).await.unwrap_err();
    assert!(
        error.to_string().contains("no.pem") && error.to_string().contains("both must be PEM files"),
        "{error}"
    );
    let everywhere = Options { listen: ([0, 0, 0, 0], 0).into(), ..options() };
    assert!(matches!(serve(everywhere).await.unwrap_err(), ServeError::PlainHttp(_)));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let there = Options { listen: taken.local_addr().unwrap(), ..options() };
    assert!(matches!(serve(there).await.unwrap_err(), ServeError::Listen { .. }));
}
