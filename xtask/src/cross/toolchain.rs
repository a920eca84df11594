//! A compiler with its library's source, and the standard library built from it once for each foreign system.
//!
//! Debian's compiler is used because its source package builds a standard library for any target; the compiler that
//! builds everything else may be another one. Its library goes to a folder of its own, so that the checks need no
//! unstable option.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::shell::{self, command, read, run};

/// Debian packages, and why each is needed.
const PACKAGES: &[(&str, &str)] = &[
    ("rustc-web", "the compiler that fits the next three"),
    ("cargo-web", "builds the standard library for other systems"),
    ("rust-web-src", "the standard library's source"),
    ("libstd-rust-web-dev", "the standard library of this system, for build scripts"),
    ("rust-web-clippy", "the lints"),
    ("gcc-mingw-w64-x86-64-posix", "links for Windows"),
    ("g++-mingw-w64-x86-64-posix", "links for Windows"),
    ("binutils-mingw-w64-x86-64", "links for Windows, and compiles resources"),
    ("wine", "runs Windows programs"),
    ("wine64", "runs Windows programs"),
    ("xvfb", "the screen that a Windows program wants even for a hidden window"),
    ("python3-venv", "installs zig, a C compiler for macOS"),
];

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const CLIPPY: &str = "/usr/bin/clippy-driver";

/// A foreign system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Windows, linked by mingw.
    Windows,
    /// macOS on Apple's processors.
    MacOs,
}

impl Target {
    /// Its name for the compiler.
    pub const fn triple(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::MacOs => "aarch64-apple-darwin",
        }
    }

    /// A variable of cargo's about this target.
    fn variable(self, what: &str) -> String {
        format!("CARGO_TARGET_{}_{what}", self.triple().to_uppercase().replace('-', "_"))
    }
}

/// The installed tools.
pub struct Toolchain {
    /// Everything that is made here, below the target directory.
    pub folder: PathBuf,
    /// `rustc --version`.
    version: String,
    cc_for_macos: PathBuf,
}

/// Installs what is missing, or says what to install.
///
/// # Errors
/// When something is missing that may not be installed from here.
pub fn prepare() -> Result<Toolchain> {
    if !shell::is_installed("dpkg-query") || !shell::is_installed("apt-get") {
        bail!(
            "this needs a compiler with its library's source, which is taken from Debian's packages; run it on Debian 12"
        );
    }
    setup::debian(PACKAGES)?;
    let folder = std::path::absolute(shell::target())?.join("cross");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let version = read(&mut command(RUSTC, ["--version"]))?.trim().to_owned();
    let cc_for_macos = super::macos::compiler(&folder)?;
    println!("{version}; everything made here is below {}", folder.display());
    Ok(Toolchain { folder, version, cc_for_macos })
}

impl Toolchain {
    fn sysroot(&self) -> PathBuf {
        self.folder.join("sysroot")
    }

    /// Cargo for this very system, whatever toolchain runs us.
    pub fn cargo_of_host<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Command {
        let mut cargo = command(CARGO, words);
        cargo.env("RUSTC", RUSTC).env("CARGO_TARGET_DIR", self.folder.join("target"));
        // Debugging information and half-built states are of no use to anybody here.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        // What the toolchain that runs us has set for itself and for this system's builds.
        for name in
            ["LD_LIBRARY_PATH", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTDOC", "CARGO"]
        {
            cargo.env_remove(name);
        }
        cargo
    }

    /// Cargo for a foreign system.
    pub fn cargo<'a>(&self, target: Target, words: impl IntoIterator<Item = &'a str>) -> Command {
        let mut cargo = self.cargo_of_host(words);
        cargo.args(["--target", target.triple()]);
        cargo.env(target.variable("RUSTFLAGS"), self.flags());
        match target {
            Target::Windows => {
                const PREFIX: &str = "x86_64-w64-mingw32";
                cargo.env(target.variable("LINKER"), format!("{PREFIX}-gcc-posix"));
                cargo.env("CC_x86_64_pc_windows_gnu", format!("{PREFIX}-gcc-posix"));
                cargo.env("CXX_x86_64_pc_windows_gnu", format!("{PREFIX}-g++-posix"));
                cargo.env("AR_x86_64_pc_windows_gnu", format!("{PREFIX}-ar"));
            }
            Target::MacOs => {
                cargo.env("CC_aarch64_apple_darwin", &self.cc_for_macos);
                cargo.env_remove("SDKROOT");
            }
        }
        cargo
    }

    fn flags(&self) -> String {
        format!("--sysroot={}", self.sysroot().display())
    }

    /// Has the workspace's own code compiled under clippy, every warning an error.
    pub fn with_lints(&self, cargo: &mut Command, target: Target) {
        cargo.env("RUSTC_WORKSPACE_WRAPPER", CLIPPY);
        // Dependencies do not see it: cargo caps their lints.
        cargo.env(target.variable("RUSTFLAGS"), self.flags() + " -Dwarnings");
    }

    /// Builds the standard library for a foreign system, once for each version of the compiler.
    pub fn standard_library(&self, target: Target) -> Result<()> {
        let libraries = self.sysroot().join("lib/rustlib");
        let place = libraries.join(target.triple());
        let mark = place.join("built-by");
        if fs::read_to_string(&mark).is_ok_and(|by| by == self.version) {
            return Ok(());
        }
        let work = self.folder.join(format!("std-{}", target.triple()));
        let source = work.join("src");
        let made = work.join("target");
        for old in [&place, &work] {
            if old.exists() {
                fs::remove_dir_all(old).with_context(|| old.display().to_string())?;
            }
        }
        fs::create_dir_all(&source)?;
        fs::write(
            work.join("Cargo.toml"),
            "[package]\nname = \"nothing\"\nedition = \"2024\"\n[workspace]\n",
        )?;
        fs::write(source.join("lib.rs"), "#![no_std]\n")?;
        let mut build = self.cargo_of_host(["build", "--quiet", "--target", target.triple()]);
        build.arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test").current_dir(&work);
        // Only here: build scripts of the project's dependencies must not believe to have a nightly compiler.
        run(build.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &made))?;
        let lib = place.join("lib");
        fs::create_dir_all(&lib)?;
        take(&made.join(target.triple()).join("debug/deps"), &lib)?;
        link_host(&libraries)?;
        fs::write(&mark, &self.version)?;
        fs::remove_dir_all(&work)?;
        Ok(())
    }
}

/// Copies the libraries, without the empty crate that had them built.
fn take(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let library = name.ends_with(".rlib") || name.ends_with(".rmeta");
        if library && !name.starts_with("libnothing-") {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// Build scripts and macros run here, with this system's own library.
fn link_host(libraries: &Path) -> Result<()> {
    let said = read(&mut command(RUSTC, ["--version", "--verbose"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let own = PathBuf::from(read(&mut command(RUSTC, ["--print", "sysroot"]))?.trim())
        .join("lib/rustlib")
        .join(host);
    let link = libraries.join(host);
    if !link.exists() {
        run(command("ln", ["-s"]).arg(&own).arg(&link))?;
    }
    Ok(())
}
