//! StatusNotifierItem through ksni.
//!
//! ksni keeps trying by itself once it has a bus: a watcher that appears later is registered with.
//! What it does not do is come back when there was no bus at the start; that is tried again here
//! whenever there is something new to draw.

use std::time::{Duration, Instant};

use ksni::menu::StandardItem;
use ksni::{Handle, Icon, MenuItem, OfflineReason, ToolTip, TrayMethods as _};
use rightdoor_core::words::{TrayIcon, TrayView};
use tokio::sync::{mpsc, watch};

use crate::icons::pixmaps;
use crate::screen::Action;

/// Nothing has to reach the main thread here.
#[derive(Debug)]
pub struct Ends;

/// Runs the companion on this thread.
///
/// # Errors
/// What it returned.
pub fn run(companion: impl FnOnce(Ends) -> anyhow::Result<()>) -> anyhow::Result<()> {
    companion(Ends)
}

/// Without a bus, not tried more often than this.
const AGAIN: Duration = Duration::from_secs(30);

/// The tray; it goes when this does.
#[derive(Debug)]
pub struct Tray(watch::Sender<Option<TrayView>>);

impl Tray {
    /// Begins; nothing is on the bus until the first [`Tray::show`].
    pub fn begin(_ends: Ends, actions: mpsc::UnboundedSender<Action>) -> Self {
        let (wanted, views) = watch::channel(None);
        tokio::spawn(draw(views, actions));
        Self(wanted)
    }

    /// Draws, latest only.
    pub fn show(&self, view: &TrayView) {
        self.0.send_replace(Some(view.clone()));
    }
}

async fn draw(mut views: watch::Receiver<Option<TrayView>>, actions: mpsc::UnboundedSender<Action>) {
    let mut handle: Option<Handle<Item>> = None;
    let mut refused_at: Option<Instant> = None;
    while views.changed().await.is_ok() {
        let Some(view) = views.borrow_and_update().clone() else { continue };
        if let Some(handle) = &handle {
            handle.update(|item| item.view = view).await;
            continue;
        }
        if refused_at.is_some_and(|at| at.elapsed() < AGAIN) {
            continue;
        }
        let item = Item { view, actions: actions.clone() };
        match item.assume_sni_available(true).spawn().await {
            Ok(begun) => handle = Some(begun),
            Err(error) => {
                if refused_at.is_none() {
                    tracing::warn!(
                        %error,
                        "no tray: there is no session bus; `rightdoorctl where` says what the tray would"
                    );
                }
                refused_at = Some(Instant::now());
            }
        }
    }
    // The last handle must not just be dropped: ksni's task would poll a channel that is closed.
    if let Some(handle) = handle {
        handle.shutdown().await;
    }
}

#[derive(Debug)]
struct Item {
    view: TrayView,
    actions: mpsc::UnboundedSender<Action>,
}

impl Item {
    fn act(&self, action: Action) {
        // The companion may be ending; then there is nobody to tell.
        let _ = self.actions.send(action);
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "rightdoor".to_owned()
    }

    fn title(&self) -> String {
        self.view.headline.reveal().clone()
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        let icon = |pixmap: crate::icons::Pixmap| Icon {
            width: pixmap.size.into(),
            height: pixmap.size.into(),
            data: pixmap.argb.to_vec(),
        };
        pixmaps(self.view.icon).into_iter().map(icon).collect()
    }

    fn status(&self) -> ksni::Status {
        match self.view.icon {
            TrayIcon::Verified | TrayIcon::Waiting => ksni::Status::Active,
            TrayIcon::NotVerified | TrayIcon::NoPhone => ksni::Status::NeedsAttention,
        }
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ToolTip {
        // Hosts read the description as markup, the title as text; markup in an address is text.
        ToolTip { title: self.view.headline.reveal().clone(), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.act(Action::Status);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let line = |item: &rightdoor_core::words::TrayItem| {
            let action = Action::from(item.action);
            MenuItem::from(StandardItem {
                // A single underscore would mark an access key.
                label: item.label.reveal().replace('_', "__"),
                activate: Box::new(move |tray: &mut Self| tray.act(action)),
                ..StandardItem::default()
            })
        };
        let mut menu: Vec<MenuItem<Self>> = self.view.items.iter().map(line).collect();
        if menu.len() > 1 {
            menu.insert(1, MenuItem::Separator);
        }
        menu
    }

    fn watcher_online(&self) {
        tracing::info!("the tray host is there");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        match reason {
            OfflineReason::Error(error) => {
                tracing::warn!(
                    %error,
                    "no tray host: the icon appears when one starts; `rightdoorctl where` says what it would"
                );
            }
            OfflineReason::No | _ => tracing::warn!("the tray host is gone: the icon comes back with it"),
        }
        true
    }
}
