//! Rightdoor: registry.
