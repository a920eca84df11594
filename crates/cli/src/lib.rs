//! Rightdoor: cli.
