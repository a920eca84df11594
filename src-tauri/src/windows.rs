//! Which window shows what, and when one may show itself.

use std::sync::Arc;
use std::time::Duration;

use tauri::async_runtime::spawn;
use tauri::webview::PageLoadEvent;
use tauri::{AppHandle, Emitter, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use tokio::time::sleep;

use crate::companion::Desk;
use crate::test_call;
use crate::wanted::{Page, Wanted};

/// The event that carries what to draw.
pub const SHOWN: &str = "shown";

/// So long a window waits for its page, at most.
const UNSEEN: Duration = Duration::from_secs(1);

/// A kind of window.
struct Kind {
    label: &'static str,
    title: &'static str,
    size: (f64, f64),
    least: (f64, f64),
}

const MAIN: Kind = Kind { label: "main", title: "Rightdoor", size: (560.0, 720.0), least: (360.0, 400.0) };
const QUESTION: Kind = Kind {
    label: "question",
    title: "Rightdoor: where are you?",
    size: (480.0, 620.0),
    least: (360.0, 400.0),
};
const GUIDANCE: Kind = Kind {
    label: "guidance",
    title: "Rightdoor: how to reach 911",
    size: (1024.0, 700.0),
    least: (360.0, 400.0),
};

const fn kind(page: Page) -> &'static Kind {
    match page {
        Page::Question => &QUESTION,
        Page::Guidance => &GUIDANCE,
        Page::Status | Page::Address | Page::History | Page::Settings | Page::Welcome => &MAIN,
    }
}

/// Opens what is wanted, or brings it to the front where it is open. Nothing that nobody asked for shows itself
/// where the companion does not say that it may: after a 911 call, in a call, on a locked screen, or for a
/// question that is closed (design, sections 3 and 7).
///
/// # Errors
/// When the web view cannot start.
pub async fn open(app: &AppHandle, wanted: &Wanted) -> tauri::Result<()> {
    let desk = Arc::clone(&app.state::<Arc<Desk>>());
    if wanted.unasked {
        desk.settled().await;
        if !may_raise(&desk, wanted.page) {
            return Ok(());
        }
    }
    let kind = kind(wanted.page);
    if let Some(window) = app.get_webview_window(kind.label) {
        return show_again(&window, wanted);
    }
    let page = WebviewUrl::App(format!("index.html{}", wanted.hash()).into());
    let window = WebviewWindowBuilder::new(app, kind.label, page)
        .title(kind.title)
        .inner_size(kind.size.0, kind.size.1)
        .min_inner_size(kind.least.0, kind.least.1)
        .focused(!wanted.unasked)
        .visible(false)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                appear(&window);
            }
        })
        // A page of ours never leads anywhere else.
        .on_navigation(|url| {
            if test_call::is_meant(url) {
                test_call::open();
            }
            is_ours(url)
        })
        .build()?;
    // A page that does not load must not hide its window, which says even then what to do.
    spawn(async move {
        sleep(UNSEEN).await;
        if window.is_visible().is_ok_and(|is_visible| !is_visible) {
            appear(&window);
        }
    });
    Ok(())
}

/// Shows a window that was made unseen: WebKitGTK, when asked to paint a page that is not there yet, waits half a second
/// for it now and then, and nobody needs to see an empty page.
fn appear(window: &WebviewWindow) {
    if let Err(error) = window.show() {
        eprintln!("A window could not be shown: {error}");
    }
}

fn may_raise(desk: &Desk, page: Page) -> bool {
    let view = desk.view();
    let Some(view) = view.as_deref().filter(|view| !view.frozen) else { return false };
    match page {
        Page::Question => view.prompt.as_ref().is_some_and(|prompt| prompt.may_raise),
        Page::Guidance => view.outage.is_some_and(|outage| outage.ended.is_none()),
        Page::Status | Page::Address | Page::History | Page::Settings | Page::Welcome => false,
    }
}

fn show_again(window: &WebviewWindow, wanted: &Wanted) -> tauri::Result<()> {
    if wanted.unasked {
        return Ok(());
    }
    let hash = serde_json::to_string(&wanted.hash()).unwrap_or_default();
    window.eval(format!("location.hash = {hash}"))?;
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

fn is_ours(url: &tauri::Url) -> bool {
    // `tauri://localhost`, and what stands for it on Windows.
    url.scheme() == "tauri" || (url.scheme() == "http" && url.host_str() == Some("tauri.localhost"))
}

/// Gives every window what to draw now.
pub fn draw(app: &AppHandle) {
    let shown = app.state::<Arc<Desk>>().shown();
    if let Err(error) = app.emit(SHOWN, shown) {
        eprintln!("A window could not be drawn: {error}");
    }
}
