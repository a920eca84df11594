//! Claim `lab`: a companion moved through real networks.
