//! Whether the checks would find anything: a mistake that only the foreign system's compiler can see.

use std::fs;

use anyhow::{Context, Result, bail};

use super::toolchain::{Target, Toolchain};
use crate::shell::{read, succeeds};

/// A method of the standard library that only that system has, and the same misspelt.
const fn words(target: Target) -> (&'static str, &'static str, &'static str) {
    match target {
        Target::Windows => ("windows", "file_attributes", "file_atributes"),
        Target::MacOs => ("macos", "st_flags", "st_flgas"),
    }
}

/// Checks a small crate for each system: right it must pass, misspelt it must fail, and on this system it must pass
/// even misspelt.
pub fn check(tools: &Toolchain) -> Result<()> {
    for target in [Target::Windows, Target::MacOs] {
        let (system, right, wrong) = words(target);
        for (method, fine) in [(right, true), (wrong, false)] {
            let folder =
                tools.folder.join(format!("probe-{system}-{}", if fine { "right" } else { "wrong" }));
            fs::create_dir_all(folder.join("src"))?;
            let name = format!("probe_{system}");
            let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n");
            fs::write(folder.join("Cargo.toml"), manifest)?;
            let code = format!(
                "#[cfg(target_os = \"{system}\")]\npub fn flags(of: &std::fs::Metadata) -> u32 {{\n    \
                 use std::os::{system}::fs::MetadataExt;\n    of.{method}()\n}}\n"
            );
            fs::write(folder.join("src/lib.rs"), code)?;
            let mut here = tools.cargo_of_host(["check", "--quiet"]);
            if !succeeds(here.current_dir(&folder)) {
                bail!("the probe does not pass on this system, so it says nothing about {system}");
            }
            let mut there = tools.cargo(target, ["check", "--quiet"]);
            match (read(there.current_dir(&folder)), fine) {
                (Ok(_), true) => {}
                (Err(error), true) => {
                    return Err(error).with_context(|| format!("the right probe for {system}"));
                }
                (Ok(_), false) => bail!("a misspelt method for {system} passed the check"),
                (Err(error), false) => {
                    let said = format!("{error:#}");
                    let line = said.lines().find(|line| line.contains("error[")).unwrap_or_default();
                    if !line.contains("E0599") {
                        bail!("the misspelt probe for {system} failed for another reason:\n{said}");
                    }
                    println!("{system}: found: {line}");
                }
            }
        }
    }
    Ok(())
}
