//! The building blocks of the whole-system tests: real binaries, real network namespaces, real D-Bus; everything that
//! a block starts it stops, by process id.
#![forbid(unsafe_code)]

pub mod binaries;
pub mod call;
pub mod companion;
pub mod dhcp;
pub mod eye;
pub mod figures;
pub mod hostile;
pub mod idle;
pub mod lab;
pub mod ledger;
pub mod lines;
pub mod mains;
pub mod netns;
pub mod process;
pub mod proxy;
pub mod registry;
pub mod screen;
pub mod session;
pub mod site;
pub mod tunnel;
pub mod way;
