//! THE HANDS: whatever the engine orders is done here, and whatever happens is told to it.
//!
//! [`driver`] is the one loop: hints, session events, replies, intents and the engine's deadline go
//! in; effects are performed; a changed view is published. Nothing here decides.
#![forbid(unsafe_code)]

pub mod config;
mod folders;
pub mod store;

pub use config::{Config, ConfigError};
