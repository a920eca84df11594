//! What was asked on the way to the phone service, and what came: for `where --why` and `doctor`.

use crate::View;
use crate::reach::{Fault, Seen, State, Subject};

/// One line for each who was asked, servers and names first; without addresses, for they tell an organisation's network.
#[must_use]
pub fn evidence(view: &View) -> Vec<String> {
    view.evidence.iter().map(|seen| format!("{}: {}", who(&seen.subject), how(seen))).collect()
}

fn who(subject: &Subject) -> String {
    match subject {
        Subject::Names(_) => "names".to_owned(),
        Subject::Server(target) => format!("server over {}", target.transport.name()),
        Subject::Stun(_) => "STUN server".to_owned(),
        Subject::Portal(_) => "control page (HTTP)".to_owned(),
        Subject::Https(_) => "control page (HTTPS)".to_owned(),
        Subject::Registry(_) => "registry".to_owned(),
        Subject::Gateway(_) => "router".to_owned(),
        Subject::Host(_) => "the server's computer".to_owned(),
        Subject::PastVpn(_) => "STUN server, past the VPN".to_owned(),
    }
}

const fn how(seen: &Seen) -> &'static str {
    match (seen.state, seen.known) {
        (State::Good, _) => "answers",
        (State::Doubtful, _) => "overdue",
        (State::Dead(_) | State::Unknown, false) => "has never answered, which says nothing",
        (State::Unknown, true) => "not asked yet",
        (State::Dead(fault), true) => match fault {
            Fault::Silent => "silent",
            Fault::Refused => "refuses",
            Fault::Unreachable => "cannot be reached",
            Fault::Busy => "says that it does not serve (503)",
            Fault::Certificate => "shows a wrong certificate",
            Fault::NoSuchName => "lead nowhere",
            Fault::Captive => "somebody else answers for it",
            Fault::Garbled => "answers what cannot be read",
        },
    }
}
