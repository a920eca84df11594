//! The real window, driven by WebDriver: what it says is read through the web view's own automation, and what a
//! person types is typed on the display, so that focus and the window manager are part of what is tested.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use whole_system::companion::Companion;
use whole_system::process::{Process, read};
use whole_system::session::{PATIENCE, Session};
use whole_system::{binaries, session};

/// A window under automation. The program was started by the driver, as a desktop would start it.
pub struct Browser<'a> {
    session: &'a Session,
    runtime: Runtime,
    client: Client,
    driver: Process,
}

impl<'a> Browser<'a> {
    /// Opens the windows' program with these arguments, told where this companion is.
    pub fn open(session: &'a Session, companion: &Companion, arguments: &[&str]) -> Result<Self> {
        let home = companion.home();
        Self::at(session, &home.join("run/rightdoor"), &home.join(".local/share/rightdoor"), arguments)
    }

    /// The same, with the folders named.
    pub fn at(session: &'a Session, runtime: &Path, data: &Path, arguments: &[&str]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = session.command("WebKitWebDriver");
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1");
        let mut driver = session.start(&format!("driver-{port}"), &mut command)?;
        let address = format!("127.0.0.1:{port}");
        driver.wait_until("listening", PATIENCE, || std::net::TcpStream::connect(&address).is_ok())?;
        let mut words = vec!["--runtime".to_owned(), text(runtime), "--data".to_owned(), text(data)];
        words.extend(arguments.iter().map(|word| (*word).to_owned()));
        let options = json!({ "binary": text(&binaries::path("rightdoor")?), "args": words });
        let wanted = json!({ "browserName": "wry", "webkitgtk:browserOptions": options });
        let async_runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let Value::Object(wanted) = wanted else { bail!("capabilities are an object") };
        let client = async_runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let url = format!("http://{address}");
            let begun = builder.capabilities(wanted).connect(&url);
            tokio::time::timeout(Duration::from_secs(60), begun)
                .await
                .context("the window did not open")?
                .map_err(anyhow::Error::from)
        });
        let client = client.with_context(|| driver.log())?;
        Ok(Self { session, runtime: async_runtime, client, driver })
    }

    /// Runs a function body in the page.
    pub fn script(&self, body: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.runtime.block_on(self.client.execute(body, arguments))?)
    }

    /// Runs a function body whose last argument is to be called with the answer.
    pub fn script_async(&self, body: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.runtime.block_on(self.client.execute_async(body, arguments))?)
    }

    /// Everything that the page says, as a person reads it.
    pub fn says(&self) -> Result<String> {
        let said = self.script("return document.body.innerText", Vec::new())?;
        Ok(said.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Waits until the page says this.
    pub fn until(&self, text: &str) -> Result<String> {
        self.until_all(&[text])
    }

    /// Waits until the page says all of these at once.
    pub fn until_all(&self, texts: &[&str]) -> Result<String> {
        let mut last = String::new();
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            last = self.says()?;
            if texts.iter().all(|text| last.contains(text)) {
                return Ok(last);
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        bail!("the window does not say {texts:?}; it says: {last}")
    }

    /// Clicks the button or link of this name; a person's click, counted as one act.
    pub fn click(&self, name: &str) -> Result<()> {
        let body = r"
            const wanted = arguments[0];
            const name = (e) => (e.getAttribute('aria-label') || e.innerText || '').replace(/\s+/g, ' ').trim();
            const all = [...document.querySelectorAll('button, a[href], [role=button], [role=option], [role=radio], summary')];
            const seen = all.filter((e) => e.offsetParent !== null && !e.disabled);
            const found = seen.find((e) => name(e) === wanted) || seen.find((e) => name(e).startsWith(wanted)) || seen.find((e) => name(e).includes(wanted));
            if (!found) return seen.map(name);
            found.click();
            return null;";
        let end = Instant::now() + PATIENCE;
        loop {
            let missing = self.script(body, vec![json!(name)])?;
            if missing.is_null() {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("there is no {name:?} to click; there are {missing}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Puts the cursor into the field with this label, as a person does with the pointer, with what stands there selected.
    pub fn field(&self, label: &str) -> Result<()> {
        self.in_field(label, "found.focus(); if (found.select) found.select(); return [null];").map(|_| ())
    }

    /// What stands in the field with this label.
    pub fn value(&self, label: &str) -> Result<String> {
        let value = self.in_field(label, "return [found.value];")?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Runs the end of a function body once there is a field `found` with this label.
    fn in_field(&self, label: &str, then: &str) -> Result<Value> {
        let body = r"
            const wanted = arguments[0];
            const of = (e) => (e.getAttribute('aria-label') || [...(e.labels || [])].map((l) => l.innerText).join(' ')).trim();
            const all = [...document.querySelectorAll('input, textarea, select')].filter((e) => e.offsetParent !== null);
            const found = all.find((e) => of(e) === wanted) || all.find((e) => of(e).startsWith(wanted));
            if (!found) return all.map(of).join(', ');
            ";
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.script(&format!("{body}{then}"), vec![json!(label)])?;
            if let Some(answer) = found.as_array().and_then(|one| one.first()) {
                return Ok(answer.clone());
            }
            if Instant::now() > end {
                bail!("there is no field {label:?}; there are {found}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Types into the field with this label, on the display's keyboard.
    pub fn fill(&self, label: &str, value: &str) -> Result<()> {
        self.has_focus()?;
        self.field(label)?;
        if value.is_empty() {
            self.session.keys(&["BackSpace"])?
        } else {
            self.session.types(value)?
        }
        let mut last = String::new();
        let typed = || {
            last = self.value(label)?;
            Ok(last == value)
        };
        session::until(&format!("{value:?} in {label:?}"), typed)
            .with_context(|| format!("it holds {last:?}"))
    }

    /// Waits until this page is shown.
    pub fn on_page(&self, name: &str) -> Result<()> {
        let hash = format!("#/{name}");
        session::until(&hash, || Ok(self.script("return location.hash", Vec::new())? == *hash))
    }

    /// Waits until the display's keyboard is this window's.
    fn has_focus(&self) -> Result<()> {
        session::until("the focus", || Ok(self.script("return document.hasFocus()", Vec::new())? == true))
    }

    /// Waits until keys count: the window has the focus, and has had it for half a second.
    pub fn guard_is_over(&self) -> Result<()> {
        self.has_focus()?;
        let wait = "const done = arguments[0]; setTimeout(done, 600)";
        self.script_async(wait, Vec::new()).map(|_| ())
    }

    /// A picture of the display, for people; once the page as it is now is painted.
    pub fn shot(&self, name: &str) -> Result<()> {
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150)))";
        self.script_async(painted, Vec::new())?;
        self.session.shot("app", name)
    }

    /// The process id of the windows' program.
    pub fn pid(&self) -> Result<u32> {
        child(self.driver.pid())
    }

    /// Waits until the windows' program has ended by itself.
    pub fn gone(&self) -> Result<()> {
        session::until("an end of the windows' program", || Ok(self.pid().is_err()))
    }

    /// Ends the session and the program, so that the next window is not one of the same process.
    pub fn close(self) -> Result<()> {
        let pid = self.pid();
        // A window that closed itself has taken the session with it.
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(1), self.client.close()).await });
        drop(self.driver);
        let Ok(pid) = pid else { return Ok(()) };
        let runs = || Path::new(&format!("/proc/{pid}/exe")).exists();
        if runs() {
            let _ = Command::new("kill").arg(pid.to_string()).status();
        }
        session::until("an end of the windows' program", || Ok(!runs()))
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The windows' program that this driver started.
fn child(driver: u32) -> Result<u32> {
    let pids = read(Command::new("pgrep").args(["-P", &driver.to_string(), "-x", "rightdoor"]))?;
    pids.lines().next().and_then(|pid| pid.parse().ok()).context("the window's process is gone")
}
