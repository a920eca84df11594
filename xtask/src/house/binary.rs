//! The companion survives a web view because it has none: neither GTK nor WebKit is linked.

use anyhow::{Result, bail};

use super::nothing;
use crate::shell::{command, is_installed, read, target};
use crate::test;

/// Checks the rule, where the system has `ldd`.
pub fn check() -> Result<()> {
    if !is_installed("ldd") {
        println!("house: binary: not checked, this system has no ldd");
        return Ok(());
    }
    test::binaries()?;
    let companion = target().join("debug/rightdoor-companion");
    let linked = read(&mut command("ldd", [&companion]))?;
    if !linked.contains("libc.so") {
        bail!("ldd says nothing about {}", companion.display());
    }
    let heavy = linked.lines().filter(|line| {
        let name = line.trim_start().to_ascii_lowercase();
        ["libgtk", "libgdk", "libwebkit", "libjavascriptcore", "libsoup"]
            .iter()
            .any(|word| name.starts_with(word))
    });
    nothing(&heavy.map(|line| format!("the companion links{line}")).collect::<Vec<_>>())
}
