//! Linux: rtnetlink and nl80211 for what must be fast and always works; D-Bus and lease files for
//! what only they know.

mod details;
mod dns;
mod exits;
mod filter;
mod known;
mod leases;
mod medium;
mod netlink;
mod nl80211;
mod nm;
mod own;
mod sample;
mod watch;
mod world;

pub(super) use dns::resolvers;
pub(super) use exits::exits;
pub(super) use own::hardware;
pub use sample::Sampler;
pub use watch::Watcher;
