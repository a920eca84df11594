//! Policy: the numbers and choices an organisation may set. The defaults are the design's.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::abilities::Abilities;
use crate::guidance::Language;
use crate::reach::Service;

/// When a registered location is withdrawn because the computer moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawPolicy {
    /// Never: mark stale and keep (the default).
    #[default]
    Never,
    /// When another place was positively recognised or the user changed, and nobody answered.
    AfterCertainMove,
}

/// Whether a login asks again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginReview {
    /// Only when the place is not recognised (the default).
    #[default]
    WhenUnrecognised,
    /// At every login.
    Always,
}

/// Everything the engine may be told to do differently. Durations are whole milliseconds in saved
/// form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Quiet time after the last hint before the full sample.
    pub settle_quiet: Duration,
    /// Longest wait from the first hint to the full sample.
    pub settle_ceiling: Duration,
    /// Silent full sample, always.
    pub reconcile_every: Duration,
    /// The same while events are degraded.
    pub degraded_poll_every: Duration,
    /// Reading back from the registry.
    pub read_back_every: Duration,
    /// Renewing the lease (default lease: 12 h).
    pub renew_every: Duration,
    /// "Not now".
    pub snooze: Duration,
    /// How long *confirmed now* holds without evidence that could be learned.
    pub unlearned_holds: Duration,
    /// A place known by its gateway or a single radio is silent for this long after confirmation.
    pub weak_evidence_holds: Duration,
    /// A sleep longer than this makes such a place a question.
    pub weak_evidence_sleep: Duration,
    /// Two agreeing Wi-Fi scans must be this far apart for a silent switch.
    pub wifi_agreement: Duration,
    /// A sleep shorter than this is not an arrival.
    pub short_sleep: Duration,
    /// A confirmation older than this is asked again; `None`: never by age.
    pub confirm_max_age: Option<Duration>,
    /// No unasked prompt, window or withdrawal for this long after an emergency fetch.
    pub emergency_freeze: Duration,
    /// Clocks that disagree by more than this make ages unknown.
    pub clock_tolerance: Duration,
    /// Withdrawal.
    pub withdraw: WithdrawPolicy,
    /// Login.
    pub login_review: LoginReview,
    /// The phone service that is watched.
    pub phone: Service,
    /// The language that the outage card comes in first.
    pub language: Language,
    /// What the registry that is configured can do.
    pub registry: Abilities,
}

impl Default for Policy {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        let s = Duration::from_secs;
        Self {
            settle_quiet: s(2),
            settle_ceiling: s(8),
            reconcile_every: s(MINUTE),
            degraded_poll_every: s(15),
            read_back_every: s(15 * MINUTE),
            renew_every: s(4 * HOUR),
            snooze: s(10 * MINUTE),
            unlearned_holds: s(HOUR),
            weak_evidence_holds: s(24 * HOUR),
            weak_evidence_sleep: s(4 * HOUR),
            wifi_agreement: s(20),
            short_sleep: s(10 * MINUTE),
            confirm_max_age: Some(s(90 * 24 * HOUR)),
            emergency_freeze: s(30 * MINUTE),
            clock_tolerance: s(MINUTE),
            withdraw: WithdrawPolicy::Never,
            login_review: LoginReview::WhenUnrecognised,
            phone: Service::default(),
            language: Language::En,
            registry: Abilities::default(),
        }
    }
}
