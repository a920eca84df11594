//! THE MIND: what happened comes in, orders go out, and nothing else.
//!
//! [`Engine`] decides everything: whether the computer may have moved, which place this is, what to
//! ask, what to keep, what to send and what may be said on the screen. It holds no socket, file,
//! clock or random source; time and outcomes are handed in, so a day with a roaming laptop, a lying
//! registry and a full disk can be played through in a millisecond and twice with the same result.
//!
//! One event through the rooms: a *hint* says "look again"; the engine orders a cheap *pre-sample*
//! and, if anything a person would call a move may have happened, the standing says *checking* at
//! once. After a quiet moment it orders a full *sample*, compares it with the last, asks
//! [`place::recognise`] which place this is, and either stays silent or opens one *prompt*. An
//! answer is validated, *persisted*, then *delivered*, then *read back*; only what was read back is
//! ever shown as registered.
#![forbid(unsafe_code)]

pub mod abilities;
pub mod advisory;
pub mod audit;
pub mod effect;
mod engine;
pub mod event;
pub mod guidance;
pub mod intent;
pub mod look;
pub mod network;
pub mod place;
pub mod policy;
pub mod reach;
pub mod redact;
pub mod saved;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod view;
pub mod wire;
pub mod words;

pub use abilities::Abilities;
pub use effect::{Batch, BatchId, Delivery, Effect, Precondition, RequestId, Ticket};
pub use engine::Engine;
pub use event::{DeliveryOutcome, Event, HintSource, ReadBackOutcome, StoreFault, ValidationOutcome};
pub use intent::{Answer, Intent, PromptId, Reply, Suggestion};
pub use look::{Look, Sight};
pub use policy::Policy;
pub use redact::Redacted;
pub use saved::Saved;
pub use time::{Mono, Now, Wall};
pub use view::View;
