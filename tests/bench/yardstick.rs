//! Yardsticks: nm-applet, the resident helper that most Linux desktops already have.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use whole_system::idle::Idle;
use whole_system::netns::Netns;

use whole_system::session::{PATIENCE, Session};

const SYSTEM_BUS: &str = r#"<busconfig><type>system</type><listen>unix:path=@</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;

/// NetworkManager writes into the system's folders; here they are empty ones of its own.
const MANAGER: &str = "for folder in /run/NetworkManager /var/lib/NetworkManager /etc/NetworkManager; do \
     mkdir -p $folder && mount -t tmpfs none $folder || exit; done; exec NetworkManager -n --config \"$0\"";

/// nm-applet in the session, beside a NetworkManager on a private system bus that has one cable without a network.
pub fn applet(session: &Session, settle: Duration, watched: Duration) -> Result<Value> {
    let folder = session.folder().join("nm");
    fs::create_dir_all(&folder)?;
    let (socket, config) = (folder.join("system-bus"), folder.join("nm.conf"));
    fs::write(folder.join("bus.conf"), SYSTEM_BUS.replace('@', &socket.to_string_lossy()))?;
    fs::write(&config, "[main]\nplugins=keyfile\ndns=none\nno-auto-default=*\n")?;
    let mut command = session.command("dbus-daemon");
    command.arg(format!("--config-file={}", folder.join("bus.conf").display())).arg("--nofork");
    let mut bus = session.start("system-bus", &mut command)?;
    bus.wait_until("listening", PATIENCE, || socket.exists())?;
    let address = format!("unix:path={}", socket.display());
    let (host, far) = (Netns::new("n")?, Netns::new("f")?);
    host.ip(&format!("link add eth0 type veth peer name eth0 netns {}", far.name()))?;
    host.ip("link set eth0 up")?;
    let mut command = host.command("sh");
    command.args(["-c", MANAGER]).arg(&config).env("DBUS_SYSTEM_BUS_ADDRESS", &address);
    let mut manager = session.start("networkmanager", &mut command)?;
    let wait = ["wait", "--system", "--timeout", "1", "org.freedesktop.NetworkManager"];
    manager.wait_until("on the bus", PATIENCE, || {
        let mut gdbus = session.command("gdbus");
        whole_system::process::read(gdbus.args(wait).env("DBUS_SYSTEM_BUS_ADDRESS", &address)).is_ok()
    })?;
    let mut command = session.command("nm-applet");
    let applet = session.start("nm-applet", command.env("DBUS_SYSTEM_BUS_ADDRESS", &address))?;
    std::thread::sleep(settle);
    let idle = Idle::watch(applet.pid(), watched).with_context(|| applet.log())?;
    let mut figures = idle.json();
    figures["with"] = json!("NetworkManager, one cable, no connection");
    Ok(figures)
}
