//! Rightdoor: platform.
