//! Rightdoor: link.
