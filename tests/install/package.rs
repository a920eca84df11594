//! What is in the package.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use whole_system::process::read;

/// What an agent's computer needs.
const WANTED: &[&str] = &[
    "/usr/bin/rightdoor",
    "/usr/bin/rightdoor-companion",
    "/usr/bin/rightdoorctl",
    "/usr/lib/systemd/user/rightdoor-companion.service",
    "/etc/xdg/autostart/rightdoor-companion.desktop",
    "/usr/share/applications/Rightdoor.desktop",
    "/usr/share/icons/hicolor/16x16/apps/rightdoor.png",
    "/usr/share/icons/hicolor/512x512/apps/rightdoor.png",
    "/usr/share/icons/hicolor/scalable/apps/rightdoor.svg",
    "/usr/share/man/man1/rightdoor.1.gz",
    "/usr/share/man/man1/rightdoor-companion.1.gz",
    "/usr/share/man/man1/rightdoorctl.1.gz",
    "/usr/share/bash-completion/completions/rightdoorctl",
    "/usr/share/zsh/vendor-completions/_rightdoorctl",
    "/usr/share/fish/vendor_completions.d/rightdoorctl.fish",
    "/usr/share/doc/rightdoor/copyright",
    "/usr/share/doc/rightdoor/changelog.gz",
];

/// The whole package; all programs and the page are in it.
const MOST_BYTES: u64 = 12 * 1024 * 1024;

/// What Debian's checker may say: `docs/packaging.md` gives the reason for each.
const KNOWN: &[&str] = &["malformed-contact", "file-in-etc-not-marked-as-conffile"];

/// Checks size, contents, rights, the menu entry, and what Debian's own checker says.
pub fn look_at(package: &Path, figures: &mut Map<String, Value>) -> Result<()> {
    let bytes = std::fs::metadata(package).with_context(|| format!("{}", package.display()))?.len();
    figures.insert("deb_bytes".to_owned(), json!(bytes));
    let listed = read(Command::new("dpkg-deb").arg("--contents").arg(package))?;
    let files: Vec<File> = listed.lines().filter_map(File::parse).collect();
    let programs: Map<String, Value> = files
        .iter()
        .filter(|file| file.path.starts_with("/usr/bin/"))
        .map(|file| (file.path.clone(), json!(file.bytes)))
        .collect();
    figures.insert("program_bytes".to_owned(), Value::Object(programs));
    figures.insert("installed_bytes".to_owned(), json!(files.iter().map(|file| file.bytes).sum::<u64>()));
    figures.insert("files".to_owned(), json!(files.len()));
    for file in &files {
        eprintln!("{:>9}  {}", file.bytes, file.path);
        ensure!(file.is_roots(), "{} belongs to {} with {}", file.path, file.owner, file.rights);
    }
    for wanted in WANTED {
        ensure!(
            files.iter().any(|file| file.path == *wanted && file.bytes > 0),
            "{wanted} is not in the package"
        );
    }
    ensure!(
        !files.iter().any(|file| file.path.contains("registry")),
        "the registry is in an agent's package"
    );
    ensure!(bytes <= MOST_BYTES, "the package has {bytes} bytes, more than {MOST_BYTES}");
    let errors = lintian(package)?;
    figures.insert("lintian_errors".to_owned(), json!(errors));
    let unknown = errors.iter().find(|error| !KNOWN.iter().any(|known| error.contains(known)));
    if let Some(unknown) = unknown {
        bail!("lintian: {unknown}");
    }
    Ok(())
}

/// A line of a package's contents.
struct File {
    rights: String,
    owner: String,
    bytes: u64,
    path: String,
}

impl File {
    /// Reads `-rw-r--r-- 0/0   353 2026-01-01 00:00 ./etc/…`; folders are nothing to look at.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [rights, owner, bytes, _, _, path, ..] = words.as_slice() else { return None };
        let path = format!("/{}", path.trim_start_matches("./"));
        let file =
            Self { rights: (*rights).into(), owner: (*owner).into(), bytes: bytes.parse().ok()?, path };
        (!file.rights.starts_with('d')).then_some(file)
    }

    /// Whether it is root's, and nobody else may write it.
    fn is_roots(&self) -> bool {
        let others_write = [5, 8].iter().any(|at| self.rights.as_bytes().get(*at) == Some(&b'w'));
        ["0/0", "root/root"].contains(&self.owner.as_str()) && (self.rights.starts_with('l') || !others_write)
    }
}

/// The errors that Debian's checker finds.
fn lintian(package: &Path) -> Result<Vec<String>> {
    // It fails when it finds errors, which are judged here.
    let output = Command::new("lintian").arg("--allow-root").arg(package).output().context("lintian")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.code() != Some(1) || said.contains(": "), "lintian cannot look at the package");
    Ok(said.lines().filter(|line| line.starts_with("E: ")).map(str::to_owned).collect())
}
