//! `guidance`: the outage card, from whatever is still alive.

use std::path::Path;
use std::time::Duration;

use rightdoor_core::guidance::Language;
use rightdoor_core::words::{self, Card};
use rightdoor_runtime::{Config, guidance_file};
use serde_json::json;

use crate::{Exit, Fault, Paper, reach, when};

/// A companion that does not answer within this is as good as dead: the card cannot wait.
const PATIENCE: Duration = Duration::from_secs(1);

pub async fn show(
    given: Option<&Path>,
    lang: Option<Language>,
    paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    // A mistake in a file must not stand between a person and the card.
    let config = Config::load(given).unwrap_or_else(|error| {
        paper.remark(&format!("{error}; the usual folders are looked at instead"));
        Config::defaults()
    });
    let (cards, from) = cards(&config).await;
    if from != "companion" {
        paper.remark(if from == "file" {
            "the companion is not running; this is the card it kept last"
        } else {
            "the companion is not running and kept no card; this is what holds everywhere"
        });
    }
    // The file's first card is in the language that was chosen when it was written.
    let wanted = lang.and_then(|lang| cards.iter().find(|card| card.language == lang));
    let Some(card) = wanted.or(cards.first()) else { return Ok(Exit::Done) };
    if paper.wants_json() {
        paper.value(&json!({ "text": card.text(), "from": from, "card": card }))?;
    } else {
        paper.line(&card.text())?;
    }
    Ok(Exit::Done)
}

async fn cards(config: &Config) -> (Vec<Card>, &'static str) {
    let live = async {
        let view = reach::companion(config).await?.view().await?;
        Ok::<_, Fault>(words::cards(view.as_ref(), Some(when::now().into())))
    };
    if let Ok(Ok(cards)) = tokio::time::timeout(PATIENCE, live).await {
        return (cards, "companion");
    }
    let kept = std::fs::read_to_string(guidance_file::path(&config.data)).ok();
    match kept.and_then(|text| Card::read_file(&text)) {
        Some(cards) => (cards, "file"),
        None => (Card::all_bare(config.policy.language), "built_in"),
    }
}
