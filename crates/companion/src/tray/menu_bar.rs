//! The notification area of Windows and the menu bar of macOS, through tray-icon.
//!
//! Both want an event loop on the main thread, so the companion itself runs beside it.

use rightdoor_core::PromptId;
use rightdoor_core::words::{TrayAction, TrayIcon, TrayView};
use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoopBuilder, EventLoopProxy};
use tokio::sync::mpsc;
use tray_icon::menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tray_icon::{Icon, TrayIconBuilder};

use crate::icons::pixmaps;
use crate::screen::Action;

/// The way to the main thread.
#[derive(Clone, Debug)]
pub struct Ends(EventLoopProxy<Order>);

/// What the main thread is told.
#[derive(Debug)]
enum Order {
    /// Where actions go.
    Actions(mpsc::UnboundedSender<Action>),
    /// Draw this.
    Draw(TrayView),
    /// A line of the menu was chosen.
    Chosen(Action),
    /// The companion has ended, with this exit code.
    Ended(i32),
}

/// Runs the companion beside the main thread, which is the tray's; does not return.
///
/// # Errors
/// None here: the companion's error is printed and becomes the exit code.
pub fn run(companion: impl FnOnce(Ends) -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<()> {
    #[cfg_attr(
        target_os = "windows",
        expect(unused_mut, reason = "macOS sets its policy before the loop runs")
    )]
    let mut events = EventLoopBuilder::<Order>::with_user_event().build();
    // In the menu bar, and neither in the Dock nor among the programs to switch to; what LSUIElement says in a bundle.
    #[cfg(target_os = "macos")]
    tao::platform::macos::EventLoopExtMacOS::set_activation_policy(
        &mut events,
        tao::platform::macos::ActivationPolicy::Accessory,
    );
    let proxy = events.create_proxy();
    let ended = events.create_proxy();
    std::thread::spawn(move || {
        let code = match companion(Ends(proxy)) {
            Ok(()) => 0,
            Err(error) => {
                eprintln!("{error:#}");
                3
            }
        };
        let _ = ended.send_event(Order::Ended(code));
    });
    let chosen = events.create_proxy();
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        if let Some(action) = action(&event.id.0) {
            let _ = chosen.send_event(Order::Chosen(action));
        }
    }));
    let mut tray = None;
    let mut actions: Option<mpsc::UnboundedSender<Action>> = None;
    events.run(move |event, _, flow| {
        *flow = ControlFlow::Wait;
        // The icon can be made only once the loop runs.
        if let Event::NewEvents(StartCause::Init) = event {
            match TrayIconBuilder::new().build() {
                Ok(icon) => tray = Some(icon),
                Err(error) => tracing::warn!(%error, "no tray: `rightdoorctl where` says what it would"),
            }
        } else if let Event::UserEvent(order) = event {
            match order {
                Order::Actions(sender) => actions = Some(sender),
                Order::Draw(view) => {
                    if let Some(tray) = &tray {
                        draw(tray, &view);
                    }
                }
                Order::Chosen(action) => {
                    if let Some(actions) = &actions {
                        let _ = actions.send(action);
                    }
                }
                Order::Ended(code) => *flow = ControlFlow::ExitWithCode(code),
            }
        }
    })
}

/// A menu line's id says all that it does, so that a click on a menu drawn earlier means what it said.
fn id(action: TrayAction) -> String {
    match action {
        TrayAction::Status => "status".to_owned(),
        TrayAction::Confirm(prompt) => format!("confirm:{}", prompt.0),
        TrayAction::Change => "change".to_owned(),
        TrayAction::Guidance => "guidance".to_owned(),
        TrayAction::Quit => "quit".to_owned(),
    }
}

fn action(id: &str) -> Option<Action> {
    match id {
        "status" => Some(Action::Status),
        "change" => Some(Action::Change),
        "guidance" => Some(Action::Guidance),
        "quit" => Some(Action::Quit),
        _ => Some(Action::Confirm(PromptId(id.strip_prefix("confirm:")?.parse().ok()?))),
    }
}

fn draw(tray: &tray_icon::TrayIcon, view: &TrayView) {
    let menu = Menu::new();
    for (line, item) in view.items.iter().enumerate() {
        // "&" would mark an access key.
        let label = item.label.reveal().replace('&', "&&");
        let _ = menu.append(&MenuItem::with_id(id(item.action), label, true, None));
        if line == 0 {
            let _ = menu.append(&PredefinedMenuItem::separator());
        }
    }
    tray.set_menu(Some(Box::new(menu)));
    let drawn = tray.set_icon(icon(view.icon)).and_then(|()| tray.set_tooltip(Some(view.headline.reveal())));
    if let Err(error) = drawn {
        tracing::warn!(%error, "the tray could not be drawn");
    }
}

/// 32 px, which both systems scale well.
fn icon(icon: TrayIcon) -> Option<Icon> {
    let pixmap = pixmaps(icon).into_iter().find(|pixmap| pixmap.size == 32)?;
    let rgba = pixmap.argb.chunks_exact(4).flat_map(|pixel| match pixel {
        [alpha, red, green, blue] => [*red, *green, *blue, *alpha],
        _ => [0; 4],
    });
    Icon::from_rgba(rgba.collect(), 32, 32).ok()
}

/// The tray, as the companion's thread sees it.
#[derive(Debug)]
pub struct Tray(Ends);

impl Tray {
    /// Begins.
    pub fn begin(ends: Ends, actions: mpsc::UnboundedSender<Action>) -> Self {
        let _ = ends.0.send_event(Order::Actions(actions));
        Self(ends)
    }

    /// Draws.
    pub fn show(&self, view: &TrayView) {
        let _ = self.0.0.send_event(Order::Draw(view.clone()));
    }
}
