//! Windows: IP Helper for adapters, gateways and neighbours; the WLAN API for the radio.

mod adapters;
mod bind;
mod callbacks;
mod radio;

pub(super) use adapters::{adapters, resolvers};
pub(super) use bind::bind;
pub(super) use callbacks::Registrations;
pub(super) use radio::air;
