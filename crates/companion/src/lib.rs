//! THE RESIDENT: the loop of `runtime`, with a tray, notifications and the link's server around it.
//!
//! [`resident`] stands between: it hands what the view says to one small port, [`Screen`], and turns
//! what a person does there into intents. It decides nothing that the engine decides, and it never
//! trusts a screen: an action names the prompt it was offered for, and counts only while that very
//! prompt still asks that very thing.
#![forbid(unsafe_code)]

pub mod desktop;
pub mod icons;
mod notifications;
pub mod resident;
pub mod screen;
mod tray;
pub mod windows;

pub use desktop::Desktop;
pub use screen::{Action, Headless, Screen, Tell};
