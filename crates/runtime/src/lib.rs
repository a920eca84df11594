//! Rightdoor: runtime.
