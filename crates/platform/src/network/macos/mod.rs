//! macOS: the dynamic store of SystemConfiguration for links, gateways, leases and announcements;
//! CoreWLAN for the radio.

mod adapters;
mod callbacks;
mod radio;
mod store;

pub(super) use adapters::{adapters, resolvers};
pub(super) use callbacks::Registrations;
pub(super) use radio::air;
