//! Claim `desk`: tray, notifications and keyring on a real session bus.
