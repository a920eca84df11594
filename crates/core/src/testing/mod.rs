//! A world to test the engine in: networks, a laptop, a registry that can lie, a store that can
//! fail, a calendar that can jump, and a person who answers.
//!
//! Nothing here knows the engine's inside. [`world::World`] drives it through its contract,
//! [`reference::Reference`] keeps beside it what is true, and [`check`] holds the fifteen invariants
//! that every moment is held to. [`history`] plays generated days by the thousand and shortens the
//! one that breaks an invariant.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a world of many cases, most of which do not matter to most rooms"
)]

pub mod check;
mod figures;
pub mod history;
pub mod laptop;
mod life;
mod orders;
pub mod phone;
pub mod play;
pub mod reference;
pub mod registry;
pub mod rng;
pub mod spots;
pub mod step;
pub mod store;
mod traffic;
pub mod world;

pub use check::{Broken, Verdict};
pub use spots::Spot;
pub use step::{Says, Step};
pub use world::World;
