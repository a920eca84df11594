//! Hearing from the registry: one long request that is answered when the record changes. While it waits, the registry
//! knows the device by where it comes from, by the adapters that connect it, and by its softphone's instance.

use std::time::Duration;

use rightdoor_location::record::{ADAPTERS, Changes, INSTANCE};
use rightdoor_platform::network;
use tokio::time::Instant;

use super::{Own, for_endpoint};

/// The registry answers before this; it is silence, not patience, that ends the wait.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// An answer sooner than this, [`HASTE`] times in a row, is not a wait.
const SOON: Duration = Duration::from_secs(1);
const HASTE: u32 = 20;

impl Own {
    /// Calls `changed` whenever the registry says that the record is not what it was, until the
    /// registry cannot be heard. There is no timer here: whoever reaches the registry the next time
    /// begins anew.
    pub async fn hear(&self, mut changed: impl FnMut() + Send) {
        let mut haste = 0;
        loop {
            let asked = Instant::now();
            let known = self.session.heard();
            match self.changes(known).await {
                Some(at) if at != known => {
                    self.session.hear(at);
                    if at.is_some() {
                        changed();
                    }
                }
                Some(_) => {}
                None => return,
            }
            haste = if asked.elapsed() < SOON { haste + 1 } else { 0 };
            if haste > HASTE {
                tracing::warn!("the registry answers without waiting; it is not listened to for a while");
                return;
            }
        }
    }

    /// Where the record's changes are: at once without `after`, else when it is somewhere else.
    /// The inner `None`: nothing came within the registry's patience.
    async fn changes(&self, after: Option<u64>) -> Option<Option<u64>> {
        let (enrolment, token) = self.access().await?;
        let adapters = network::hardware_addresses(&self.known_by.physical).unwrap_or_default();
        let said = [(ADAPTERS, adapters.join(", ")), (INSTANCE, self.known_by.instance.clone())];
        let answer = self
            .wire
            .send(enrolment.registry.reveal(), &["v1", "me", "changes"], |client, url| {
                let mut url = for_endpoint(url, &enrolment);
                if let Some(after) = after {
                    url.query_pairs_mut().append_pair("after", &after.to_string());
                }
                let request = client.get(url).bearer_auth(&token).timeout(PATIENCE);
                let said = said.into_iter().filter(|(_, value)| !value.is_empty());
                said.fold(request, |request, (name, value)| request.header(name, value))
            })
            .await
            .ok()?;
        match answer.status {
            204 => Some(after),
            200 => answer.json::<Changes>().map(|changes| Some(changes.at)),
            _ => None,
        }
    }
}
