//! Finding the configuration, and the companion.

use std::path::Path;

use rightdoor_link::Client;
use rightdoor_runtime::Config;

use crate::Fault;

/// This person's configuration, with `given` on top.
pub fn configuration(given: Option<&Path>) -> Result<Config, Fault> {
    Ok(Config::load(given)?)
}

/// The running companion.
pub async fn companion(config: &Config) -> Result<Client, Fault> {
    Ok(Client::connect(&rightdoor_link::socket_path(&config.runtime), "cli").await?)
}
