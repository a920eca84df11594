//! UPower over D-Bus (org.freedesktop.UPower).

use std::future::{pending, poll_fn};
use std::pin::Pin;

use zbus::export::futures_core::Stream;
use zbus::{Connection, Message, MessageStream};

use crate::bus::{self, Properties, Silence};

const UPOWER: &str = "org.freedesktop.UPower";
const PATH: &str = "/org/freedesktop/UPower";

/// Listens to UPower. Without it (no system bus, a computer that has no battery to tell of) it waits for ever.
#[derive(Debug)]
pub struct Watcher {
    upower: Option<Upower>,
    /// What was told last.
    told: Option<bool>,
}

#[derive(Debug)]
struct Upower {
    bus: Connection,
    signals: MessageStream,
    /// Whether it must be asked: at the beginning, and after what says only that something changed.
    stale: bool,
}

impl Watcher {
    /// Begins to listen. UPower is not started for it.
    pub async fn open() -> Self {
        let upower = Upower::open().await;
        if let Err(silence) = &upower {
            tracing::info!(?silence, "no UPower: whether this computer runs on its battery is not known");
        }
        Self { upower: upower.ok(), told: None }
    }

    /// Whether anybody says it.
    #[must_use]
    pub const fn hears(&self) -> bool {
        self.upower.is_some()
    }

    /// Waits until it is another than was told last, and tells: whether the computer runs on its battery. Cancel-safe.
    pub async fn next(&mut self) -> bool {
        loop {
            let Some(upower) = &mut self.upower else { return pending().await };
            let battery = if upower.stale {
                let asked = bus::properties(&upower.bus, UPOWER, PATH, UPOWER).await;
                upower.stale = false;
                asked.ok().as_ref().and_then(on_battery)
            } else {
                let Some(signal) = upower.next().await else {
                    tracing::warn!(
                        "the system bus is gone: whether this computer runs on its battery is not known"
                    );
                    self.upower = None;
                    continue;
                };
                upower.read(&signal)
            };
            if let Some(battery) = battery
                && self.told.replace(battery) != Some(battery)
            {
                return battery;
            }
        }
    }
}

impl Upower {
    async fn open() -> Result<Self, Silence> {
        let bus = bus::system().await?;
        if !bus::served(&bus, UPOWER).await {
            return Err(Silence::Nobody);
        }
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .sender(UPOWER)
            .and_then(|rule| rule.path(PATH))
            .and_then(|rule| rule.member("PropertiesChanged"))
            .map_err(|_| Silence::Failed)?
            .build();
        let signals =
            MessageStream::for_match_rule(rule, &bus, Some(16)).await.map_err(|_| Silence::Failed)?;
        Ok(Self { bus, signals, stale: true })
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            match poll_fn(|cx| Pin::new(&mut self.signals).poll_next(cx)).await? {
                Ok(message) => return Some(message),
                Err(error) => tracing::debug!(%error, "a signal of UPower could not be read"),
            }
        }
    }

    fn read(&mut self, signal: &Message) -> Option<bool> {
        let (interface, changed, invalidated): (String, Properties, Vec<String>) =
            signal.body().deserialize().ok()?;
        if interface != UPOWER {
            return None;
        }
        self.stale = invalidated.iter().any(|name| name == "OnBattery");
        on_battery(&changed)
    }
}

fn on_battery(properties: &Properties) -> Option<bool> {
    bus::property(properties, "OnBattery")
}
