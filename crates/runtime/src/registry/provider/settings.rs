//! What a provider has to be told.

use std::path::PathBuf;

/// Who keeps the locations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adapter {
    /// Our own registry.
    #[default]
    Own,
    /// Telnyx, dynamic emergency addresses and endpoints.
    Telnyx,
    /// Bandwidth, Emergency API v2.
    Bandwidth,
    /// SignalWire, the E911 address of a phone number.
    SignalWire,
}

impl Adapter {
    /// Every one there is.
    pub const ALL: [Self; 4] = [Self::Own, Self::Telnyx, Self::Bandwidth, Self::SignalWire];

    /// Its name in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Telnyx => "telnyx",
            Self::Bandwidth => "bandwidth",
            Self::SignalWire => "signalwire",
        }
    }

    /// The name of its secret in the keyring; our own registry's token comes from enrolling.
    #[must_use]
    pub const fn secret(self) -> Option<&'static str> {
        match self {
            Self::Own => None,
            Self::Telnyx => Some("telnyx-api-key"),
            Self::Bandwidth => Some("bandwidth-client-secret"),
            Self::SignalWire => Some("signalwire-api-token"),
        }
    }
}

/// What a provider has to be told; see `docs/providers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Who keeps the locations.
    pub adapter: Adapter,
    /// The base of its interface; the provider's usual one where this is empty.
    pub url: String,
    /// The number that a 911 call comes from and is called back at (E.164).
    pub number: String,
    /// What the call centre is shown; tells the devices of one number apart.
    pub caller_name: String,
    /// The account (Bandwidth) or project (SignalWire).
    pub account: String,
    /// The OAuth 2.0 client (Bandwidth).
    pub client: String,
    /// Where tokens are bought (Bandwidth); its usual place where this is empty.
    pub token_url: String,
    /// The number's identifier (SignalWire).
    pub number_id: String,
    /// The file that tells the SIP side what to put into a call.
    pub call_token_file: PathBuf,
}

impl Settings {
    /// The first key of the section `registry` that this adapter cannot do without and that is not set.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        let number = ("number", &self.number);
        let caller_name = ("caller_name", &self.caller_name);
        let account = ("account", &self.account);
        let needs = match self.adapter {
            Adapter::Own => Vec::new(),
            Adapter::Telnyx => vec![number, caller_name],
            Adapter::Bandwidth => vec![number, caller_name, account, ("client", &self.client)],
            Adapter::SignalWire => {
                vec![("number_id", &self.number_id), caller_name, account, ("url", &self.url)]
            }
        };
        needs.into_iter().find(|(_, value)| value.is_empty()).map(|(name, _)| name)
    }
}
