//! Asking the registry for the organisation's guidance, whenever it was reached anyway.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rightdoor_core::Event;
use rightdoor_core::guidance::Document;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Fact;
use crate::organisation;
use crate::registry::{Guided, Registry};

/// What is known of the organisation's guidance.
#[derive(Default)]
pub(super) struct Asking {
    /// The data folder.
    pub data: PathBuf,
    /// Entity tag of what was answered last, used or refused: what is refused is not logged again until it is another.
    seen: Arc<Mutex<Option<String>>>,
    under_way: Option<JoinHandle<()>>,
}

impl Asking {
    pub fn new(data: PathBuf) -> Self {
        Self { data, ..Self::default() }
    }

    /// Asks, unless that is being done; what comes of it arrives at `facts`.
    pub fn ask(&mut self, registry: &Registry, facts: &mpsc::UnboundedSender<Fact>) {
        if self.under_way.as_ref().is_some_and(|asking| !asking.is_finished()) {
            return;
        }
        let (registry, facts) = (registry.clone(), facts.clone());
        let (data, seen) = (self.data.clone(), Arc::clone(&self.seen));
        self.under_way = Some(tokio::spawn(async move {
            let known = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (document, bytes, tag) = match registry.guidance(known.as_deref()).await {
                Guided::Same | Guided::Unavailable => return,
                Guided::Nothing => (Some(Document::default()), None, None),
                Guided::New { bytes, tag } => (checked(&bytes), Some(bytes), tag),
            };
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = tag;
            let Some(document) = document else { return };
            let kept = tokio::task::spawn_blocking(move || organisation::keep(&data, bytes.as_deref()));
            let _ = facts.send(Fact::unasked(Event::Guidance(Box::new(document))));
            let _ = kept.await;
        }));
    }

    /// The registry is another one now.
    pub fn begin_anew(&mut self) {
        if let Some(asking) = self.under_way.take() {
            asking.abort();
        }
        self.seen = Arc::default();
    }
}

fn checked(bytes: &[u8]) -> Option<Document> {
    Document::read(bytes)
        .inspect_err(|refused| tracing::warn!(%refused, "the registry's guidance cannot be used; the one before stays"))
        .ok()
}

#[cfg(test)]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands; others let it do worse"
)]
#[path = "../../tests/nasty/mod.rs"]
mod nasty;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop where it stands")]

    use rightdoor_core::Redacted;
    use rightdoor_platform::secrets::Secrets;

    use super::nasty::Nasty;
    use super::*;
    use crate::registry::Options;

    const JSON: &str = "Content-Type: application/json\r\n";
    const GOOD: &str = r#"{"version": 1, "rules": [{"callback": "+1 303-555-0142"}]}"#;
    const LATER: &str = r#"{"version": 1, "rules": [{"callback": "+1 303-555-0143"}]}"#;

    /// Asks once, and gives the guidance that came of it.
    async fn asked(asking: &mut Asking, registry: &Registry) -> Option<Document> {
        let (tell, mut told) = mpsc::unbounded_channel();
        asking.ask(registry, &tell);
        asking.under_way.take().unwrap().await.unwrap();
        let Event::Guidance(document) = told.try_recv().ok()?.event else { panic!("another fact") };
        Some(*document)
    }

    #[tokio::test]
    async fn bad_input_in_guidance_from_the_registry_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::File(folder.path().join("secrets"));
        let registry = Registry::new(Options { ca_file: None, plain_http: false, secrets }, None);
        let server = Nasty::open().await;
        let enrolled =
            r#"{"token":"t0ken","endpoint":"sip:ada@example.com","device":"d/1","organisation":"Example"}"#;
        server.will_say("200 OK", JSON, enrolled);
        registry.enrol(&Redacted::new("CODE".into()), &server.base).await.unwrap();

        let mut asking = Asking::new(folder.path().to_owned());
        server.will_say("200 OK", &format!("{JSON}ETag: \"1\"\r\n"), GOOD);
        let good = Document::read(GOOD.as_bytes()).unwrap();
        assert_eq!(asked(&mut asking, &registry).await, Some(good.clone()));
        assert_eq!(organisation::kept(folder.path()), good);

        let deep = "[".repeat(60_000);
        let other_version = LATER.replace("\"version\": 1", "\"version\": 2");
        let endless = LATER.to_owned() + &" ".repeat(20_000_000);
        let bad =
            ["", "not JSON", &LATER[..40], &other_version, r#"{"version": 1, "rules": []}"#, &deep, &endless];
        for (number, bad) in bad.into_iter().enumerate() {
            server.will_say("200 OK", &format!("{JSON}ETag: \"bad-{number}\"\r\n"), bad);
            assert_eq!(asked(&mut asking, &registry).await, None, "{bad:.40}");
            assert_eq!(organisation::kept(folder.path()), good, "{bad:.40}");
        }
        for status in ["302 Found", "401 Unauthorized", "404 Not Found", "500 Internal Server Error"] {
            server.will_say(status, "Content-Type: text/html\r\nLocation: http://127.0.0.1:9/\r\n", "<html>");
            assert_eq!(asked(&mut asking, &registry).await, None, "{status}");
            assert_eq!(organisation::kept(folder.path()), good, "{status}");
        }

        server.will_say("200 OK", &format!("{JSON}ETag: \"2\"\r\n"), LATER);
        let later = Document::read(LATER.as_bytes()).unwrap();
        assert_eq!(asked(&mut asking, &registry).await, Some(later.clone()));
        assert_eq!(organisation::kept(folder.path()), later);
    }
}
