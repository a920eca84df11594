//! What a window can look at besides the view. It runs beside the loop, so that a slow directory or a
//! slow keyring holds up nothing.

mod history;

use std::sync::Arc;

use rightdoor_core::look::{Checked, Condition, Directory, EnrolledAs, Finding, Setting, Settings};
use rightdoor_core::{Look, Redacted, Sight};
use rightdoor_location::format;
use rightdoor_location::record::Problem;
use rightdoor_location::{CivicAddress, Element};
use rightdoor_platform::{State, clock};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::registry::Registry;
use crate::store::{ReadError, Reader, Store};

/// What somebody wants to look at, and where what was seen goes.
pub type Looked = (Look, oneshot::Sender<Result<Sight, Problem>>);

/// Most places in one answer: what a person can still scroll, and a frame of the link can hold.
const MOST_PLACES: usize = 2000;

/// Answers looks, each by a task of its own, until nobody can ask any more.
#[derive(Clone)]
pub(crate) struct Looking {
    pub config: Arc<Config>,
    pub registry: Registry,
    pub store: Arc<Store>,
}

impl Looking {
    pub async fn run(self, mut asked: mpsc::Receiver<Looked>) {
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                look = asked.recv() => {
                    let Some((look, show)) = look else { return };
                    let looking = self.clone();
                    under_way.spawn(async move {
                        // Who hung up wants to see nothing.
                        let _ = show.send(looking.look(look).await);
                    });
                }
                Some(_) = under_way.join_next() => {}
            }
        }
    }

    async fn look(&self, look: Look) -> Result<Sight, Problem> {
        match look {
            Look::Directory { search } => self.directory(&search).await.map(Sight::Directory),
            Look::History => self.read(history::of).await.map(Sight::History),
            Look::Settings => Ok(Sight::Settings(Box::new(self.settings().await))),
            Look::Check { address, street } => {
                Ok(Sight::Checked(Box::new(checked(address, street.as_ref().map(Redacted::reveal)))))
            }
        }
    }

    async fn directory(&self, search: &str) -> Result<Directory, Problem> {
        if let Some((places, cut)) = self.registry.search(search, MOST_PLACES).await {
            self.store.cache_directory(places.clone());
            return Ok(Directory { places, read_at: Some(clock::now().wall), cut });
        }
        // What was seen before is better than nothing for who stands in an office without a network.
        let mut places = self.read(|reader| reader.directory()).await?;
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        places.retain(|place| {
            let text = format!("{} {}", place.label, place.location.one_line()).to_lowercase();
            words.iter().all(|word| text.contains(word))
        });
        let cut = places.len() > MOST_PLACES;
        places.truncate(MOST_PLACES);
        Ok(Directory { places, read_at: None, cut })
    }

    async fn settings(&self) -> Settings {
        let enrolled = self.registry.enrolment().map(|enrolment| EnrolledAs {
            organisation: enrolment.organisation,
            endpoint: enrolment.endpoint,
            registry: enrolment.registry,
        });
        let keys = self.config.origins();
        let findings = crate::doctor(&self.config).await.into_iter().map(|finding| Finding {
            topic: finding.sense,
            condition: match finding.state {
                State::Works => Condition::Works,
                State::Limited => Condition::Limited,
                State::Broken => Condition::Broken,
            },
            found: finding.found,
            remedy: finding.hint,
        });
        Settings {
            enrolled,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            keys: keys
                .map(|(name, origin)| Setting { name: name.to_owned(), origin: origin.to_string() })
                .collect(),
            findings: findings.collect(),
        }
    }

    /// Reads the store, beside the loop that writes it.
    async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Problem> {
        let path = self.config.store_file();
        let read = tokio::task::spawn_blocking(move || what(&Reader::open(&path)?)).await;
        let error = match read {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(Problem {
            code: "store_unreadable".into(),
            message: format!("What is kept on this computer cannot be read: {error}"),
            hint: "Your registration is not touched by this. `rightdoorctl doctor` says what to do.".into(),
            fields: Vec::new(),
        })
    }
}

/// An address as it would be sent. What is understood of a street line takes the place of those elements.
fn checked(mut address: CivicAddress, street: Option<&String>) -> Checked {
    if let Some(line) = street {
        use Element::{HNO, HNP, HNS, POD, POM, PRD, PRM, RD, STP, STS};
        for element in [HNP, HNO, HNS, PRM, PRD, STP, RD, STS, POD, POM] {
            address.set(element, "");
        }
        for (element, value) in format::street(line).iter() {
            // What has a field of its own is the field's.
            if address.get(element).is_none() {
                address.set(element, value);
            }
        }
    }
    let address = format::normalise(&address);
    Checked { faults: format::check(&address), screen: format::dispatcher(&address).into(), address }
}
