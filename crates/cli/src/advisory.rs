//! `advisory`: the notice of 911's limits, and that it was read.

use rightdoor_core::Intent;
use rightdoor_core::advisory::notice;
use rightdoor_core::guidance::Language;
use rightdoor_runtime::Config;

use crate::{Exit, Fault, Paper, act, reach};

pub async fn show(
    config: &Config,
    acknowledge: bool,
    lang: Option<Language>,
    paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    let text = notice(lang.unwrap_or(config.policy.language));
    if acknowledge {
        let client = reach::companion(config).await?;
        let intent = Intent::Acknowledge { edition: text.edition, language: text.language };
        return act::act(&client, intent, paper).await;
    }
    if paper.wants_json() {
        paper.value(&text)?;
        return Ok(Exit::Done);
    }
    paper.line(&text.title)?;
    for limit in &text.limits {
        paper.line(&format!("  {}: {}", limit.when, limit.then))?;
    }
    paper.line(&text.instead)?;
    Ok(Exit::Done)
}
