//! On this person's own desktop: an embedded registry and a companion with a home of its own, until Ctrl-C.

use std::fs;

use anyhow::Result;
use whole_system::companion::Companion;
use whole_system::registry::Registry;

use crate::{out, quote, say};

pub fn run() -> Result<()> {
    say("a registry on loopback, and a companion enrolled to it; your own settings are not touched");
    let folder = out()?.join("desktop");
    fs::create_dir_all(&folder)?;
    let registry = Registry::on_loopback(&folder)?;
    let mut companion = Companion::new(&folder, &registry.authority())?;
    // The cables of this computer are what its kernel says they are.
    let config = companion.home().join(".config/rightdoor/config.toml");
    let settings = format!(
        "[secrets]\nstore = \"file\"\n\n[registry]\nca_file = \"{}\"\n",
        registry.authority().display()
    );
    fs::write(config, settings)?;
    for name in ["DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"] {
        let fallback =
            if name.contains("SYSTEM") { "unix:path=/run/dbus/system_bus_socket" } else { "autolaunch:" };
        companion.variable(name, &std::env::var(name).unwrap_or_else(|_| fallback.to_owned()));
    }
    companion.start()?;
    quote(&companion.ctl(&["enrol", &registry.code()?, "--registry", registry.url()])?);
    quote(&companion.ctl(&["where"])?);
    let home = companion.home().to_owned();
    let mut windows = std::process::Command::new(whole_system::binaries::path("rightdoor")?);
    windows.arg("--runtime").arg(home.join("run/rightdoor"));
    let mut windows = windows.arg("--data").arg(home.join(".local/share/rightdoor")).spawn()?;
    say("it runs: look at its window and at the tray. Ctrl-C ends it, and the registry with it.");
    println!("   its own rightdoorctl:");
    println!("   {}", companion.by_hand("where --why")?);
    println!("   {}", companion.by_hand("change --place denver/site-1")?);
    wait_for_the_end()?;
    // It may have been closed long ago.
    let _ = windows.kill();
    windows.wait().map(|_| ()).map_err(Into::into)
}

#[tokio::main(flavor = "current_thread")]
async fn wait_for_the_end() -> Result<()> {
    tokio::signal::ctrl_c().await?;
    say("stopping");
    Ok(())
}
