//! Codecs of what the probes say and hear: SIP OPTIONS, STUN binding, DNS, and the way from a SIP URI to
//! its servers. Bytes in, bytes out: no socket, no clock, no chance of their own. Whatever comes from the
//! network is hostile until it is read.

pub mod dns;
pub mod locate;
pub mod sip;
pub mod stun;
