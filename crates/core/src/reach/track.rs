//! One subject's record: what is out, what came back, and what that makes it.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Answer, Fault};
use crate::Mono;
use crate::effect::RequestId;

/// A request without an answer for so long is a doubt.
pub(super) const OVERDUE: Duration = Duration::from_secs(1);
/// An answer later than this is slow.
const SLOW: Duration = Duration::from_millis(1000);
/// So many requests in a row must fail.
const IN_A_ROW: u32 = 3;
/// And for so long: who fails by turns is not dead.
const LASTING: Duration = Duration::from_secs(2);
/// How many requests make the picture of how much is lost.
const REMEMBERED: usize = 40;

/// How a subject stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not asked yet, or the answer is still awaited.
    #[default]
    Unknown,
    /// It answers.
    Good,
    /// It did answer, and a request is overdue or went wrong.
    Doubtful,
    /// It does not answer as it should.
    Dead(Fault),
}

/// The record.
#[derive(Debug, Default)]
pub(super) struct Track {
    out: Vec<Out>,
    /// Whether the last request went on a connection of its own.
    fresh: bool,
    /// When the last well answered request was sent.
    good: Option<Mono>,
    /// When the first request was sent that nothing good followed.
    since: Option<Mono>,
    /// Requests sent from then on.
    sent: u32,
    /// Faults in a row, and the last one that was not mere silence.
    faults: u32,
    fault: Option<Fault>,
    slow: bool,
    cannot: bool,
    /// The last requests in the order of sending, and what became of each.
    past: VecDeque<(Mono, Past)>,
    /// How it stood when it was last judged.
    state: State,
    /// When it may be asked again in a hurry.
    pub next: Mono,
}

/// A request whose answer is awaited.
#[derive(Clone, Copy, Debug)]
struct Out {
    id: RequestId,
    at: Mono,
    fresh: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Past {
    Well,
    Repeated,
    Failed,
}

impl Track {
    /// Sends a request; `fresh`: on a connection of its own.
    pub fn ask(&mut self, id: RequestId, fresh: bool, now: Mono) {
        self.out.push(Out { id, at: now, fresh });
        self.fresh = fresh;
        self.since.get_or_insert(now);
        self.sent = self.sent.saturating_add(1);
    }

    /// Whether the next request should go another way than the kept connection: in a doubt every second one, and never
    /// two in a row, for on a slow path a new connection takes longer than an answer on the kept one.
    pub const fn goes_another_way(&self) -> bool {
        self.sent > 0 && !self.fresh
    }

    /// Takes an answer; whether this is the first doubt after all was well.
    pub fn answered(&mut self, id: RequestId, answer: &Answer) -> bool {
        let Some(at) = self.out.iter().position(|out| out.id == id) else { return false };
        let out = self.out.remove(at);
        match answer {
            Answer::Located(_) => self.well(out.at, Duration::ZERO, 1),
            Answer::Good { took, sends } => self.well(out.at, *took, *sends),
            Answer::CannotAsk => self.cannot = true,
            Answer::Fault(fault) => return self.failed(out, *fault),
        }
        false
    }

    fn well(&mut self, sent: Mono, took: Duration, sends: u8) {
        self.good = self.good.max(Some(sent));
        self.slow = took > SLOW;
        (self.faults, self.fault, self.cannot) = (0, None, false);
        // What was sent later has its own wait.
        self.since = self.out.iter().map(|out| out.at).filter(|at| *at > sent).min();
        self.sent = u32::try_from(self.out.iter().filter(|out| out.at > sent).count()).unwrap_or(u32::MAX);
        self.remember(sent, if sends > 1 { Past::Repeated } else { Past::Well });
    }

    fn failed(&mut self, out: Out, fault: Fault) -> bool {
        let is_past = self.good.is_some_and(|good| good >= out.at);
        // A connection that is too slow to make, while the kept one carries, is no loss.
        if !(is_past && out.fresh) {
            self.remember(out.at, Past::Failed);
        }
        if is_past {
            return false;
        }
        let first = self.faults == 0 && self.good.is_some();
        self.faults += 1;
        if fault != Fault::Silent {
            self.fault = Some(fault);
        }
        first
    }

    /// In the order of sending: a loss is known seconds after what was answered at once.
    fn remember(&mut self, sent: Mono, past: Past) {
        let at = self.past.partition_point(|(before, _)| *before <= sent);
        self.past.insert(at, (sent, past));
        if self.past.len() > REMEMBERED {
            self.past.pop_front();
        }
    }

    /// Judges at `now`; silence counts after `patience`.
    pub fn judge(&mut self, patience: Duration, now: Mono) -> State {
        let waited = self.since.map(|since| now.since(since)).unwrap_or_default();
        self.state = match self.fault {
            _ if self.cannot => State::Unknown,
            Some(fault) if self.faults >= IN_A_ROW && waited >= LASTING => State::Dead(fault),
            None if self.sent >= IN_A_ROW && waited >= patience => State::Dead(Fault::Silent),
            // One fault among silence: both tell that it does not answer.
            Some(fault) if self.sent >= IN_A_ROW && waited >= patience => State::Dead(fault),
            Some(_) | None if self.faults > 0 || waited >= OVERDUE => State::Doubtful,
            Some(_) | None if self.good.is_some() => State::Good,
            Some(_) | None => State::Unknown,
        };
        self.state
    }

    pub const fn shown(&self) -> State {
        self.state
    }

    pub const fn is_good(&self) -> bool {
        self.good.is_some() && self.faults == 0
    }

    /// Whether this computer could not ask that way when it last tried.
    pub const fn cannot_be_asked(&self) -> bool {
        self.cannot
    }

    pub const fn is_slow(&self) -> bool {
        self.slow
    }

    /// Whether it answered a request that was sent at `since` or later.
    pub fn good_since(&self, since: Mono) -> bool {
        self.is_good() && self.good.is_some_and(|good| good >= since)
    }

    /// What it said last, where that was not silence.
    pub const fn last_fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Forgets what was lost.
    pub fn forgive(&mut self) {
        self.past.clear();
    }

    /// Forgets that it was silent, and may be asked at once.
    pub fn begin_anew(&mut self) {
        let good = self.good;
        *self = Self { good, ..Self::default() };
    }

    /// Since when nothing good came.
    pub const fn since(&self) -> Option<Mono> {
        self.since
    }

    /// Failed requests, and all that are remembered from `since` on.
    pub fn lost(&self, since: Mono) -> (usize, usize) {
        let past = || self.past.iter().filter(|(at, _)| *at >= since);
        (past().filter(|(_, past)| *past == Past::Failed).count(), past().count())
    }

    /// How often, from `since` on, something got through again after something was lost: a short silence is one.
    pub fn wobbles(&self, since: Mono) -> usize {
        let past: Vec<Past> =
            self.past.iter().filter(|(at, _)| *at >= since).map(|(_, past)| *past).collect();
        past.windows(2).filter(|pair| pair[0] != Past::Well && pair[1] == Past::Well).count()
    }

    /// How often, from `since` on, something was answered again after something had failed.
    pub fn recoveries(&self, since: Mono) -> usize {
        let failed: Vec<bool> =
            self.past.iter().filter(|(at, _)| *at >= since).map(|(_, past)| *past == Past::Failed).collect();
        failed.windows(2).filter(|pair| pair[0] && !pair[1]).count()
    }

    /// Whether some of what was sent from `since` on is answered and some is not: neither alive nor dead, but lossy.
    pub fn is_mixed(&self, since: Mono, now: Mono) -> bool {
        let past = || self.past.iter().filter(|(at, _)| *at >= since).map(|(_, past)| *past);
        let overdue =
            self.out.iter().filter(|out| !out.fresh && out.at >= since && now.since(out.at) > OVERDUE);
        let lost = past().filter(|past| *past == Past::Failed).count() + overdue.count();
        let answered = past().filter(|past| *past != Past::Failed).count();
        answered > 0 && lost + answered >= 3 && lost * 10 >= (lost + answered) * 3
    }

    /// Whether anything from `since` on had to be sent again, or was lost and came again: a busy computer, or the first
    /// sign of a lossy path.
    pub fn is_shaky(&self, since: Mono) -> bool {
        self.wobbles(since) > 0 || self.past.iter().any(|(at, past)| *at >= since && *past == Past::Repeated)
    }

    /// The moments at which its state may change by time alone.
    pub fn moments(&self, patience: &[Duration]) -> impl Iterator<Item = Mono> {
        let since = self.since;
        let waits = patience.to_vec();
        since.into_iter().flat_map(move |since| {
            [OVERDUE, LASTING].into_iter().chain(waits.clone()).map(move |wait| since.after(wait))
        })
    }
}
