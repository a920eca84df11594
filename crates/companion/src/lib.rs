//! Rightdoor: companion.
