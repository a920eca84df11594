//! Whatever a page, a link, a text or a peer tries: refused, or shown safely, in words.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use rightdoor_core::View;
use rightdoor_location::{Content, Revision};
use serde_json::{Value, json};
use whole_system::process::read;
use whole_system::session::PATIENCE;

use crate::browser::Browser;
use crate::scene::Scene;

/// Calls a command of the window process as a page could, and gives `{ok}` or `{error}`.
fn invoke(window: &Browser<'_>, name: &str, payload: &str) -> Result<Value> {
    let body = format!(
        "const done = arguments[0];
        const nested = (depth) => {{ let inner = 'ask'; for (let i = 0; i < depth; i++) inner = {{ say: inner }}; return inner; }};
        window.__TAURI_INTERNALS__.invoke({}, {payload}).then((ok) => done({{ ok }}), (error) => done({{ error: String(error?.code ?? error) }}));",
        json!(name)
    );
    window.script_async(&body, Vec::new())
}

/// What a page could try; each is JavaScript.
const PAYLOADS: &[(&str, &str)] = &[
    ("act", "{ intent: 'launch' }"),
    ("act", "{ intent: { say: { address: { location: { HNO: 12 } } } } }"),
    ("act", "{ intent: { say: { address: { location: { EVIL: 'x' } } } } }"),
    ("act", "{ intent: { answer: { prompt: -1, answer: 'travelling' } } }"),
    ("act", "{ intent: { answer: { prompt: 999999, answer: 'travelling' } } }"),
    ("act", "{ intent: { enrol: { code: 'x'.repeat(3 << 20), registry: 'https://registry.invalid' } } }"),
    ("act", "{ intent: { enrol: { code: 'A', registry: 'file:///etc/passwd' } } }"),
    ("act", "{ intent: nested(5000) }"),
    ("act", "{}"),
    ("act", "undefined"),
    ("look", "{ look: { directory: { search: 'x'.repeat(3 << 20) } } }"),
    ("look", "{ look: 'passwords' }"),
    ("look", "{ look: { check: { address: { RD: [] } } } }"),
    ("shown", "{ offset: 'yesterday' }"),
    ("shown", "{ offset: 1e300 }"),
    ("enrol", "{}"),
    ("plugin:window|create", "{ options: { label: 'evil', url: 'https://example.invalid' } }"),
    ("plugin:webview|create_webview_window", "{ options: { label: 'evil' } }"),
    ("plugin:window|set_always_on_top", "{ value: true }"),
    ("plugin:event|emit", "{ event: 'shown', payload: {} }"),
    ("plugin:shell|execute", "{ program: 'sh' }"),
    ("plugin:fs|read_text_file", "{ path: '/etc/passwd' }"),
    ("plugin:path|resolve_directory", "{ directory: 1 }"),
    ("plugin:app|version", "{}"),
];

pub fn payloads() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.confirmed(&scene.site.place())?;
    let mut eye = scene.companion.eye()?;
    let before = eye.now()?;
    let window = Browser::open(&scene.session, &scene.companion, &[])?;
    window.until("Your registered 911 location is")?;
    for (name, payload) in PAYLOADS {
        let answer = invoke(&window, name, payload).with_context(|| format!("{name} {payload}"))?;
        ensure!(refused(&answer), "{name} {payload} was not refused: {answer}");
    }
    // The page can fetch nothing, and no script of anybody else runs in it.
    let reach = r"
        const done = arguments[0];
        const script = document.createElement('script');
        script.textContent = 'window.evil = true';
        document.head.append(script);
        fetch('https://example.invalid/').then(() => done('fetched'), () => done(window.evil === true ? 'ran' : 'neither'));";
    let reached = window.script_async(reach, Vec::new())?;
    ensure!(reached == "neither", "the page could reach out: {reached}");
    ensure!(window.says()?.contains("Your registered 911 location is"), "the window does not stand any more");
    let after = eye.now()?;
    ensure!(what(&after) == what(&before) && after.prompt == before.prompt, "something changed");
    window.close()
}

/// What is registered and under which number; not when its lease was renewed.
fn what(view: &View) -> Option<(Revision, Content)> {
    view.standing.registered.as_ref().map(|record| (record.revision, record.content.clone()))
}

/// A refusal by the window process, by its types, or by the companion's engine.
fn refused(answer: &Value) -> bool {
    answer.get("error").is_some() || answer["ok"].get("refused").is_some()
}

pub fn links() -> Result<()> {
    let scene = Scene::new()?;
    for link in [
        "rightdoor:enrol?code=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&registry=https://registry.invalid",
        "rightdoor:enrol?code=A&registry=javascript:alert(1)",
        "rightdoor://question?answer=travelling",
        "https://example.invalid/",
    ] {
        let window = Browser::open(&scene.session, &scene.companion, &[link])?;
        let said = window.until("Nothing was changed")?;
        ensure!(!said.contains("alert"), "the link is repeated: {said}");
        window.close()?;
    }
    let good = "rightdoor:enrol?code=ABCD-EFGH&registry=https%3A%2F%2Fregistry.invalid%2F";
    let window = Browser::open(&scene.session, &scene.companion, &[good])?;
    // The notice of limits comes first, also for who was sent a link.
    window.click("I have read this")?;
    window.click("Go on")?;
    window.until("filled in by a link")?;
    ensure!(window.value("Code")? == "ABCD-EFGH", "the code is not in its field");
    ensure!(!scene.companion.eye()?.now()?.standing.enrolled, "a link enrolled");
    window.shot("a-link-that-brings-a-code")?;
    window.close()
}

/// Labels and addresses that a directory may really hold, and some that it should not.
pub fn texts() -> Result<()> {
    let mut scene = Scene::new()?;
    let long = "Zweigniederlassungsleitungsbesprechungsraum ".repeat(4);
    let rows = [
        ("x/rtl", "\u{202e}drow a ,knalB\u{202c} مكتب الطوارئ", "1"),
        ("x/emoji", "👩‍🚒🏢 <img src=x onerror=document.title='evil'>", "2"),
        ("x/long", long.trim(), "3"),
    ];
    let mut csv = "id,label,single_floor,country,A1,A3,RD,STS,HNO,PC\n".to_owned();
    for (id, label, house) in rows {
        csv.push_str(&format!("{id},\"{label}\",no,US,CO,Denver,Larimer,Street,{house},80202\n"));
    }
    scene.registry.import(&csv)?;
    scene.confirmed("x/rtl")?;
    for place in ["x/emoji", "x/long"] {
        scene.companion.ctl(&["change", "--place", place])?;
    }
    let mut eye = scene.companion.eye()?;
    scene.companion.ctl(&["ask"]).or_else(|_| scene.companion.ctl(&["change"])).ok();
    let mark = eye.mark();
    let mut other = scene.lab.site(2)?;
    scene.lab.plug(&mut other)?;
    eye.first(mark, "a question", PATIENCE, |view| view.prompt.is_some())?;
    let window = Browser::open(&scene.session, &scene.companion, &["--question"])?;
    window.until_all(&["مكتب", "👩‍🚒", "<img src=x", "Zweigniederlassung"])?;
    let wide = window
        .script("return [document.title, document.documentElement.scrollWidth > innerWidth]", Vec::new())?;
    ensure!(wide[0] != "evil" && wide[1] == false, "a text broke out: {wide}");
    window.shot("foreign-texts")?;
    window.close()
}

/// A socket of another user in the companion's place is not spoken to; and the companion speaks to no other user.
pub fn other_user() -> Result<()> {
    let scene = Scene::new()?;
    let folder = scene.lab.folder().join("foreign");
    fs::create_dir_all(&folder)?;
    for path in [scene.lab.folder(), &folder] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777))?;
    }
    let listen = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\nprint('listening',flush=True)\nwhile True:\n  c,_=s.accept()\n  print('read',len(c.recv(100)),flush=True)\n";
    let socket = folder.join("link.sock");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", listen]).arg(&socket);
    let mut peer = scene.session.start("foreigner", &mut command)?;
    peer.wait_until("listening", PATIENCE, || socket.exists())?;
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o777))
        .or_else(|_| read(Command::new("chmod").arg("777").arg(&socket)).map(|_| ()))?;
    let window = Browser::at(&scene.session, &folder, &folder, &[])?;
    window.until("another user")?;
    window.shot("another-users-socket")?;
    let log = peer.log();
    let heard = log.lines().any(|line| line.starts_with("read ") && line != "read 0");
    ensure!(log.contains("read 0") && !heard, "the window spoke to another user: {log}");
    window.close()?;
    let own = scene.companion.socket();
    // Who is turned away is told so before they say anything.
    let ask =
        "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nprint(s.recv(4000))\n";
    let mut open = Command::new("setpriv");
    for path in own.ancestors().skip(1).take(4) {
        // Not as it is in the field: so that only the check of the peer stands between them.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
    }
    let _ = fs::set_permissions(&own, fs::Permissions::from_mode(0o777));
    let said =
        read(open.args(["--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", ask]).arg(&own))?;
    ensure!(said.contains("other_user"), "the companion answered another user: {said}");
    Ok(())
}

/// A companion that speaks another version of the link: the window says which of them is older, and what to do.
pub fn versions() -> Result<()> {
    let scene = Scene::new()?;
    for (version, older) in [(0_u32, "companion"), (2, "client")] {
        let folder = scene.lab.folder().join(format!("version-{version}"));
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        let listener = UnixListener::bind(folder.join("link.sock"))?;
        // What a companion of that version says to a hello of ours.
        let problem = json!({ "problem": { "id": null, "problem": {
            "code": "version_differs",
            "message": format!("the client speaks link version 1, this companion version {version}: the {older} is older"),
            "hint": "close this program and start the installed release", "fields": [] } } });
        let frame = problem.to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut length = [0; 4];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut hello = vec![0; u32::from_be_bytes(length) as usize];
                let _ = stream.read_exact(&mut hello);
                let length = u32::try_from(frame.len()).unwrap_or(0).to_be_bytes();
                let _ = stream.write_all(&length).and_then(|()| stream.write_all(frame.as_bytes()));
            }
        });
        let window = Browser::at(&scene.session, &folder, &folder, &[])?;
        let said = window.until(&format!("the {older} is older"))?;
        if !said.contains("start the installed release") {
            bail!("the window does not say what to do: {said}");
        }
        window.shot(&format!("companion-of-version-{version}"))?;
        window.close().context("closing")?;
    }
    Ok(())
}
