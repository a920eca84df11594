//! The way to the phone service: what answers a probe, after how long, and what is lost on the way.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::rng::Rng;
use crate::effect::Effect;
use crate::event::{Event, OutageCause, PhoneService};
use crate::reach::{Answer, Fault, PATIENCE, Service, Subject, Target, Transport};

/// When a request is sent and sent again, in milliseconds (RFC 3261, timer E; TCP is not far from it).
const SENDINGS: [u64; 4] = [0, 500, 1500, 3500];
/// An answer without loss, in milliseconds.
const ROUND_TRIP: u64 = 20;

/// The service of this world, asked seldom: most histories are about something else.
#[must_use]
pub fn service() -> Service {
    let name = |host: &str| Some(host.to_owned().into());
    Service {
        stun: name("stun.Zqx.example:3478"),
        portal: name("http://portal.Zqx.example/"),
        https: name("https://control.Zqx.example/"),
        step: Duration::from_secs(600),
        idle_step: Duration::from_secs(1800),
        ..Service::default()
    }
}

/// What is true of the way.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// How the phone service is.
    pub service: PhoneService,
    /// Packets lost each way, of 1000.
    pub loss: u64,
}

impl Default for Way {
    fn default() -> Self {
        Self { service: PhoneService::Answers, loss: 0 }
    }
}

impl Way {
    /// The answer to a probe, and after how many milliseconds; `None`: that is no probe.
    pub fn answer(self, effect: &Effect, rng: &mut Rng) -> Option<(u64, Event)> {
        let Effect::Probe { id, subject, .. } = effect else { return None };
        let silent = || Answer::Fault(Fault::Silent);
        let delay = if self.service == PhoneService::Degraded { 1500 } else { ROUND_TRIP };
        let (after, answer) = match (self.truth(subject), self.arrives(rng)) {
            (Answer::CannotAsk, _) => (0, Answer::CannotAsk),
            (Answer::Fault(Fault::Silent), _) | (_, None) => (PATIENCE.as_millis() as u64, silent()),
            (Answer::Good { .. }, Some((sends, at))) => {
                let took = at + delay;
                (took, Answer::Good { took: Duration::from_millis(took), sends })
            }
            (answer, Some((_, at))) => (at + delay, answer),
        };
        Some((after, Event::Probed(*id, answer)))
    }

    /// The sending that gets through both ways, and when it is sent.
    fn arrives(self, rng: &mut Rng) -> Option<(u8, u64)> {
        let through = |rng: &mut Rng| rng.below(1000) >= self.loss && rng.below(1000) >= self.loss;
        (1..).zip(SENDINGS).find(|_| through(rng))
    }

    /// What would come if nothing were lost.
    fn truth(self, subject: &Subject) -> Answer {
        let good = Answer::Good { took: Duration::ZERO, sends: 1 };
        let PhoneService::Silent(cause) = self.service else {
            return match (self.service, subject) {
                (PhoneService::Unknown, _) | (_, Subject::PastVpn(_)) => Answer::CannotAsk,
                (_, Subject::Names(_)) => Answer::Located(vec![server()]),
                _ => good,
            };
        };
        let silent = Answer::Fault(Fault::Silent);
        match (cause, subject) {
            (OutageCause::ServiceDown, Subject::Server(_)) => Answer::Fault(Fault::Refused),
            (OutageCause::CaptivePortal, Subject::Portal(_)) => Answer::Fault(Fault::Captive),
            (OutageCause::ServiceDown | OutageCause::CaptivePortal, Subject::Names(_)) => {
                Answer::Located(vec![server()])
            }
            (cause, Subject::PastVpn(_)) if cause != OutageCause::VpnBroken => Answer::CannotAsk,
            (OutageCause::ServiceDown, _) | (_, Subject::Gateway(_) | Subject::PastVpn(_)) => good,
            _ => silent,
        }
    }
}

fn server() -> Target {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 5060);
    Target { transport: Transport::Udp, address: address.into(), domain: "Zqx.example".to_owned().into() }
}
