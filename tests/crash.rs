//! Claim `crash`: the companion killed at random moments.
