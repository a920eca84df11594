//! The three things a page may ask. A payload that is not one of ours is refused by its type, in words.

use std::sync::Arc;

use rightdoor_core::words::Shown;
use rightdoor_core::{Intent, Look, Reply, Sight};
use rightdoor_link::Problem;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tauri::State;

use crate::companion::Desk;

/// Most minutes that any clock on earth is ahead of UTC, or behind.
const WIDEST: i16 = 14 * 60;

/// What to draw.
#[tauri::command]
pub fn shown(desk: State<'_, Arc<Desk>>, offset: i16) -> Shown {
    desk.set_zone(offset.clamp(-WIDEST, WIDEST));
    desk.shown()
}

/// Does what the agent wants.
#[tauri::command]
pub async fn act(desk: State<'_, Arc<Desk>>, intent: Value) -> Result<Reply, Problem> {
    let intent: Intent = read(intent)?;
    desk.client()?.act(intent).await.map_err(|error| error.problem())
}

/// Looks at something that is not in the view.
#[tauri::command]
pub async fn look(desk: State<'_, Arc<Desk>>, look: Value) -> Result<Sight, Problem> {
    let look: Look = read(look)?;
    desk.client()?.look(look).await.map_err(|error| error.problem())
}

fn read<T: DeserializeOwned>(payload: Value) -> Result<T, Problem> {
    serde_json::from_value(payload).map_err(|error| Problem {
        code: "bad_payload".to_owned(),
        message: format!("The window asked for something that does not exist: {error}."),
        hint: "Nothing was changed. Close the window and open it again.".to_owned(),
        fields: Vec::new(),
    })
}
