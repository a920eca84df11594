//! `guidance`: the outage card, from whatever is still alive.

use std::path::Path;
use std::time::Duration;

use rightdoor_core::words;
use rightdoor_runtime::{Config, guidance_file};
use serde_json::json;

use crate::{Exit, Fault, Paper, reach};

/// A companion that does not answer within this is as good as dead: the card cannot wait.
const PATIENCE: Duration = Duration::from_secs(1);

pub async fn show(given: Option<&Path>, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    // A mistake in a file must not stand between a person and the card.
    let config = Config::load(given).unwrap_or_else(|error| {
        paper.remark(&format!("{error}; the usual folders are looked at instead"));
        Config::defaults()
    });
    let (text, from) = card(&config).await;
    if from != "companion" {
        paper.remark(if from == "file" {
            "the companion is not running; this is the card it kept last"
        } else {
            "the companion is not running and kept no card; this is what holds everywhere"
        });
    }
    if paper.wants_json() {
        paper.value(&json!({ "text": text, "from": from }))?;
    } else {
        paper.line(&text)?;
    }
    Ok(Exit::Done)
}

async fn card(config: &Config) -> (String, &'static str) {
    let live = async {
        Ok::<_, Fault>(words::guidance(reach::companion(config).await?.view().await?.as_ref()).text())
    };
    if let Ok(Ok(text)) = tokio::time::timeout(PATIENCE, live).await
        && !text.trim().is_empty()
    {
        return (text, "companion");
    }
    match std::fs::read_to_string(guidance_file::path(&config.data)) {
        Ok(text) if !text.trim().is_empty() => (text, "file"),
        Ok(_) | Err(_) => (words::Card::bare().text(), "built_in"),
    }
}
