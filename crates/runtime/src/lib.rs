//! THE HANDS: whatever the engine orders is done here, and whatever happens is told to it.
//!
//! [`driver`] is the one loop: hints, session events, replies, intents and the engine's deadline go
//! in; effects are performed; a changed view is published. Nothing here decides.
#![forbid(unsafe_code)]

pub mod config;
mod doctor;
mod driver;
mod folders;
pub mod guidance_file;
pub mod logging;
mod looking;
mod organisation;
pub mod probe;
pub mod registry;
mod running;
pub mod store;
mod trace;

pub use config::{Config, ConfigError};
pub use doctor::doctor;
pub use driver::Asked;
pub use looking::Looked;
pub use rightdoor_platform::{Finding, State as Health};
pub use running::{Running, StartError, secret_store, start};
