//! Readers of the call path that show a certificate instead of a token.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::{Path, PathBuf};

use common::{ADA, Registry, floor, pidf, request};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use reqwest::{Client, Identity, StatusCode};
use rightdoor_location::held::Answer;
use rightdoor_registry::{AdminError, DatabaseUrl, Options, Running, ServeError, Tls, serve};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut wanted = CertificateParams::new(Vec::new()).unwrap();
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(wanted, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for `name`, and its key behind it in the same file.
    fn issue(&self, dir: &Path, name: &str, change: fn(&mut CertificateParams)) -> PathBuf {
        let mut wanted = CertificateParams::new(vec![name.to_owned()]).unwrap();
        wanted.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut wanted);
        let key = KeyPair::generate().unwrap();
        let text = wanted.signed_by(&key, &self.0).unwrap().pem() + &key.serialize_pem();
        let file = dir.join(format!("{name}.pem"));
        std::fs::write(&file, text).unwrap();
        file
    }

    fn client(&self, shown: Option<&Path>) -> Client {
        drop(rustls::crypto::ring::default_provider().install_default());
        let ours = reqwest::Certificate::from_pem(self.0.pem().as_bytes()).unwrap();
        let builder = Client::builder().no_proxy().tls_certs_only([ours]);
        match shown {
            None => builder.build().unwrap(),
            Some(file) => {
                builder.identity(Identity::from_pem(&std::fs::read(file).unwrap()).unwrap()).build().unwrap()
            }
        }
    }
}

struct Bench {
    authority: Authority,
    registry: Registry,
    running: Running,
}

impl Bench {
    /// A registry with TLS beside the plain one that writes into the same database.
    async fn open() -> Self {
        let registry = Registry::start().await;
        let device = registry.enrol(ADA, "desk-1").await;
        let text = pidf(&device, 1, floor("5"), registry.now()).write();
        let put = registry.document(&device, reqwest::Method::PUT);
        put.header("content-type", "application/pidf+xml").body(text).send().await.unwrap();
        let authority = Authority::new();
        let dir = registry.dir.path();
        let own = authority.issue(dir, "127.0.0.1", |_| ());
        let clients = dir.join("clients.pem");
        std::fs::write(&clients, authority.0.pem()).unwrap();
        let tls = Some(Tls { certificate: own.clone(), key: own, clients: Some(clients) });
        let options = Options { tls, ..Options::new(registry.database.clone()) };
        let running = serve(options).await.unwrap();
        Self { authority, registry, running }
    }

    fn issue(&self, name: &str, change: fn(&mut CertificateParams)) -> PathBuf {
        self.authority.issue(self.registry.dir.path(), name, change)
    }

    async fn ask(
        &self,
        path: &str,
        shown: Option<&Path>,
        token: Option<&str>,
    ) -> Option<(StatusCode, String)> {
        let post = self.authority.client(shown).post(format!("{}/{path}", self.running.url()));
        let post = post.header("content-type", format!("application/{path}+xml")).body(request(ADA, ""));
        let post = if let Some(token) = token { post.bearer_auth(token) } else { post };
        let answer = post.send().await.ok()?;
        Some((answer.status(), answer.text().await.ok()?))
    }

    async fn status(&self, shown: Option<&Path>) -> Option<StatusCode> {
        self.ask("held", shown, None).await.map(|(status, _)| status)
    }
}

#[tokio::test]
async fn a_reader_by_certificate_may_what_a_reader_with_a_token_may() {
    let bench = Bench::open().await;
    let (sbc, other) = (bench.issue("sbc", |_| ()), bench.issue("other", |_| ()));
    assert_eq!(bench.status(Some(&sbc)).await, Some(StatusCode::UNAUTHORIZED), "nobody has registered it");
    let mark = bench.registry.admin().certify_reader("sbc", &sbc, bench.registry.now()).unwrap();
    assert_eq!(mark.len(), 64);
    let (status, text) = bench.ask("held", Some(&sbc), None).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(matches!(Answer::parse(text.as_bytes()).unwrap(), Answer::Location(_)), "{text}");
    assert_eq!(bench.ask("lost", Some(&sbc), None).await.unwrap().0, StatusCode::OK);
    assert_eq!(bench.status(Some(&other)).await, Some(StatusCode::UNAUTHORIZED));
    assert_eq!(bench.status(None).await, Some(StatusCode::UNAUTHORIZED));
    // Tokens go on working, beside a certificate that nobody registered, too.
    let token = bench.registry.bearer();
    for shown in [None, Some(other.as_path())] {
        assert_eq!(bench.ask("held", shown, Some(&token)).await.unwrap().0, StatusCode::OK);
    }
    // A new credential of the same name ends it, and it may come back.
    bench.registry.admin().make_reader("sbc", false, bench.registry.now()).unwrap();
    assert_eq!(bench.status(Some(&sbc)).await, Some(StatusCode::UNAUTHORIZED));
    for name in ["sbc", "again"] {
        bench.registry.admin().certify_reader(name, &sbc, bench.registry.now()).unwrap();
        assert_eq!(bench.status(Some(&sbc)).await, Some(StatusCode::OK));
    }
    bench.running.stop().await;
}

#[tokio::test]
async fn bad_input_certificates_that_count_for_nothing_are_not_let_in() {
    let bench = Bench::open().await;
    let now = bench.registry.now();
    let expired = bench.issue("expired", |wanted| wanted.not_after = date_time_ymd(2020, 1, 1));
    let server = bench
        .issue("server", |wanted| wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    let stranger = Authority::new().issue(bench.registry.dir.path(), "stranger", |_| ());
    for file in [&expired, &server, &stranger] {
        bench.registry.admin().certify_reader("pbx", file, now).unwrap();
        assert_eq!(bench.status(Some(file)).await, None, "{}", file.display());
    }
    // A certificate is nobody's device token.
    let sbc = bench.issue("sbc", |_| ());
    bench.registry.admin().certify_reader("sbc", &sbc, now).unwrap();
    let url = format!("{}/v1/me/record?endpoint={ADA}", bench.running.url());
    let answer = bench.authority.client(Some(&sbc)).get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bad_input_files_of_certificates_are_named() {
    let registry = Registry::start().await;
    let dir = registry.dir.path();
    let own = Authority::new().issue(dir, "127.0.0.1", |_| ());
    std::fs::write(dir.join("empty.pem"), "nothing\n").unwrap();
    for name in ["no.pem", "empty.pem"] {
        let tls = Tls { certificate: own.clone(), key: own.clone(), clients: Some(dir.join(name)) };
        let options = Options { tls: Some(tls), ..Options::new(DatabaseUrl::file(dir.join("other.db"))) };
        let error = serve(options).await.unwrap_err();
        assert!(matches!(error, ServeError::Clients { .. }) && error.to_string().contains(name), "{error}");
        let error = registry.admin().certify_reader("sbc", &dir.join(name), 0).unwrap_err();
        assert!(
            matches!(error, AdminError::Certificate { .. }) && error.to_string().contains(name),
            "{error}"
        );
    }
    assert!(matches!(registry.admin().certify_reader("s b c", &own, 0), Err(AdminError::Name(_))));
}
