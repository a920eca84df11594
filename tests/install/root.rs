//! A clean Debian, in which nothing of this computer is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use whole_system::process::read;

/// The oldest Debian that the package is for.
const SUITE: &str = "bookworm";

/// systemd is on every Debian desktop; the rest has to come with the package.
const BASE: &str = "--include=ca-certificates,systemd";

/// Who works there; not root, as on every desktop.
pub const PERSON: &str = "1000";

/// The clean Debian, mounted.
#[derive(Debug)]
pub struct Root {
    folder: PathBuf,
    /// Every file before the package came.
    before: Vec<String>,
}

impl Root {
    /// Lays it out in `folder`, from an archive in `cache` where one was made before.
    pub fn make(cache: &Path, folder: &Path) -> Result<Self> {
        let sources = Sources::of_this_computer();
        let archive = cache.join(format!("{SUITE}-base.tar"));
        if !archive.is_file() {
            eprintln!("making a clean Debian, once");
            bootstrap(&sources, &archive, cache)?;
        }
        read(Command::new("tar").arg("-xpf").arg(&archive).arg("-C").arg(folder))?;
        let packages = cache.join("archives");
        fs::create_dir_all(packages.join("partial"))?;
        let mut root = Self { folder: folder.to_owned(), before: Vec::new() };
        root.mount(&["-t", "proc", "proc"], "proc")?;
        root.mount(&["-t", "tmpfs", "tmpfs"], "dev/shm")?;
        root.mount(&["--bind", &packages.to_string_lossy()], "var/cache/apt/archives")?;
        sources.write(&root.folder)?;
        // No service is started in there.
        root.write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")?;
        read(Command::new("chmod").arg("755").arg(root.path("usr/sbin/policy-rc.d")))?;
        root.run(&["useradd", "--create-home", "--uid", PERSON, "person"])?;
        for folder in [format!("run/user/{PERSON}"), "tmp/.X11-unix".to_owned()] {
            fs::create_dir_all(root.path(&folder))?;
            read(Command::new("chown").arg(PERSON).arg(root.path(&folder)))?;
            read(Command::new("chmod").arg("700").arg(root.path(&folder)))?;
        }
        root.run(&["apt-get", "-q", "update"])?;
        root.before = root.files()?;
        Ok(root)
    }

    /// A file or folder in it, seen from here.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside.trim_start_matches('/'))
    }

    /// Writes a file in it.
    pub fn write(&self, inside: &str, text: &str) -> Result<()> {
        let path = self.path(inside);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("{}", path.display()))
    }

    /// Which system it is.
    pub fn name(&self) -> Result<String> {
        let release = fs::read_to_string(self.path("etc/os-release"))?;
        let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        Ok(name.unwrap_or("unknown").trim_matches('"').to_owned())
    }

    /// Installs the package with what it depends on, and with nothing that it only recommends.
    pub fn install(&self, package: &Path) -> Result<()> {
        fs::copy(package, self.path("package.deb"))?;
        self.run(&["apt-get", "-q", "-y", "install", "--no-install-recommends", "/package.deb"])
    }

    /// Installs the same package again, as an upgrade does.
    pub fn install_again(&self) -> Result<()> {
        self.run(&["dpkg", "--install", "/package.deb"])?;
        fs::remove_file(self.path("package.deb"))?;
        Ok(())
    }

    /// Whether everyone's session starts the companion.
    pub fn has_enabled_unit(&self) -> bool {
        let link = "etc/systemd/user/graphical-session.target.wants/rightdoor-companion.service";
        fs::read_link(self.path(link)).is_ok_and(|to| self.path(&to.to_string_lossy()).is_file())
    }

    /// Takes the package away, and names what of it is still there.
    pub fn remove(&self) -> Result<Vec<String>> {
        let brought = self.run_and_read(&["dpkg", "--listfiles", "rightdoor"])?;
        ensure!(brought.lines().count() > 20, "dpkg does not know the package's files");
        self.run(&["apt-get", "-q", "-y", "purge", "rightdoor"])?;
        // What it depended on stays until the administrator asks, with folders that both had; a person's own files are the
        // person's.
        let ours = |file: &&String| {
            brought.lines().any(|line| line == *file) || file.to_ascii_lowercase().contains("rightdoor")
        };
        let is_new = |file: &&String| self.before.binary_search(file).is_err();
        let nobodys = |file: &&String| self.run_and_read(&["dpkg", "--search", file.as_str()]).is_err();
        Ok(self.files()?.iter().filter(ours).filter(is_new).filter(nobodys).cloned().collect())
    }

    /// Every file in it, sorted; folders only where they are empty, because a shared one may stay.
    fn files(&self) -> Result<Vec<String>> {
        let words =
            ["/", "-xdev", "-not", "-path", "/home/*", "-not", "-path", "/tmp/*", "-not", "-path", "/run/*"];
        let kinds = ["(", "-not", "-type", "d", "-o", "-empty", "-o", "-iname", "*rightdoor*", ")"];
        let all: Vec<&str> = ["find"].into_iter().chain(words).chain(kinds).collect();
        let mut files: Vec<String> = self.run_and_read(&all)?.lines().map(str::to_owned).collect();
        files.sort();
        Ok(files)
    }

    /// A program in it, run by root with the network of this computer.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.folder).args(["/usr/bin/env", "-i"]);
        command.args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8"]);
        command.arg("DEBIAN_FRONTEND=noninteractive").args(words);
        command
    }

    /// A program in it, run by the person, in a network of its own that leads nowhere.
    pub fn as_person(&self, display: &str, words: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        // Each becomes the next, so the process id is the program's own.
        let enter = "ip link set lo up && mount -t sysfs -o ro sysfs \"$0/sys\" && exec chroot \"$@\"";
        command.args(["--net", "--mount", "sh", "-c", enter]).arg(&self.folder);
        command.arg(format!("--userspec={PERSON}:{PERSON}")).arg(&self.folder);
        command.args(["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/home/person", "LC_ALL=C.UTF-8"]);
        command
            .args([format!("XDG_RUNTIME_DIR=/run/user/{PERSON}"), format!("DISPLAY={display}")])
            .args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Result<()> {
        eprintln!("$ {}", words.join(" "));
        read(&mut self.command(words)).map(drop)
    }

    fn run_and_read(&self, words: &[&str]) -> Result<String> {
        read(&mut self.command(words))
    }

    /// Mounts; it ends with this process's mounts.
    pub fn mount(&self, what: &[&str], place: &str) -> Result<()> {
        let place = self.path(place);
        fs::create_dir_all(&place)?;
        read(Command::new("mount").args(what).arg(place)).map(drop)
    }
}

/// Makes the clean Debian's archive.
fn bootstrap(sources: &Sources, archive: &Path, cache: &Path) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("base-").tempdir_in(cache)?;
    let mut make = Command::new("debootstrap");
    read(make.args(["--variant=minbase", BASE, SUITE]).arg(folder.path()).arg(&sources.mirror))?;
    let unfinished = archive.with_extension("unfinished");
    let mut pack = Command::new("tar");
    pack.arg("-cf").arg(&unfinished).args([
        "--exclude=./var/cache/apt/archives/*.deb",
        "--one-file-system",
        "-C",
    ]);
    read(pack.arg(folder.path()).arg("."))?;
    fs::rename(unfinished, archive)?;
    Ok(())
}

/// Where packages come from: as this computer is set up, if it is a Debian itself.
struct Sources {
    mirror: String,
    security: String,
    proxies: Vec<PathBuf>,
}

impl Sources {
    fn of_this_computer() -> Self {
        let files = |folder: &str| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        let mut lists = files("/etc/apt/sources.list.d");
        lists.push("/etc/apt/sources.list".into());
        let text: String = lists.iter().filter_map(|list| fs::read_to_string(list).ok()).collect();
        let mirror = |ends: &str, usual: &str| {
            let named = |word: &&str| word.contains("://") && word.trim_end_matches('/').ends_with(ends);
            text.split_whitespace().find(named).unwrap_or(usual).to_owned()
        };
        let is_proxy = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains("::Proxy"));
        Self {
            mirror: mirror("/debian", "http://deb.debian.org/debian"),
            security: mirror("/debian-security", "http://deb.debian.org/debian-security"),
            proxies: files("/etc/apt/apt.conf.d").into_iter().filter(is_proxy).collect(),
        }
    }

    fn write(&self, root: &Path) -> Result<()> {
        let (mirror, security) = (&self.mirror, &self.security);
        let list = format!(
            "deb {mirror} {SUITE} main\ndeb {mirror} {SUITE}-updates main\ndeb {security} {SUITE}-security main\n"
        );
        fs::write(root.join("etc/apt/sources.list"), list)?;
        for proxy in &self.proxies {
            let name = proxy.file_name().context("a setting without a name")?;
            fs::copy(proxy, root.join("etc/apt/apt.conf.d").join(name))?;
        }
        if Path::new("/etc/resolv.conf").exists() {
            let place = root.join("etc/resolv.conf");
            let _ = fs::remove_file(&place);
            fs::copy("/etc/resolv.conf", place)?;
        }
        Ok(())
    }
}
