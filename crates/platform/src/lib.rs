//! THE SENSES: what the operating system says, as the core's facts.
//!
//! The only crate that talks to a particular operating system, and the only one with unsafe code but for the owner of
//! the link's pipe on Windows.
//! It decides nothing: [`network::Watcher`] says *look again*, [`network::Sampler`] looks,
//! [`session::Watcher`] tells of sleep, lock and user switch, [`power::Watcher`] of mains and battery, [`secrets`] keeps tokens, and
//! [`doctor`] says what is missing and what to do about it.
//!
//! Everything runs on one tokio thread and has no timer of its own, so that a computer where nothing
//! happens is not woken up by it.

#[cfg(target_os = "linux")]
mod bus;
pub mod clock;
pub mod dirs;
mod doctor;
pub mod locale;
pub mod microphone;
pub mod network;
pub mod power;
pub mod secrets;
pub mod session;
pub mod supervise;

pub use doctor::{Finding, State, doctor};
