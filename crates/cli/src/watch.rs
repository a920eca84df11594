//! `watch`: what happens, as it happens.

use rightdoor_core::words;
use rightdoor_link::LinkError;
use rightdoor_link::client::TraceLine;
use rightdoor_runtime::Config;
use serde_json::json;

use crate::{Exit, Fault, Paper, reach, when};

/// Follows until the companion ends or nobody reads.
pub async fn follow(config: &Config, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let client = reach::companion(config).await?;
    if paper.wants_json() {
        let mut trace = client.trace().await?;
        while let Some(line) = trace.next().await {
            match line {
                TraceLine::Line(line) => paper.line(&line)?,
                TraceLine::Lost(lost) => paper.value(&json!({ "lost": lost }))?,
            }
        }
    } else {
        let mut views = client.views().await?;
        let mut before = (String::new(), Vec::new());
        while let Some(view) = views.next().await {
            let now = when::now();
            let facets: Vec<_> = words::facets(&view, now).iter().map(ToString::to_string).collect();
            let shown = (words::hero(&view, now).sentence(), facets);
            if shown == before {
                continue;
            }
            paper.line(&format!("{}  {}", when::stamp(now), shown.0))?;
            for facet in shown.1.iter().filter(|facet| !before.1.contains(*facet)) {
                paper.line(&format!("  {facet}"))?;
            }
            before = shown;
        }
    }
    Err(LinkError::Closed.into())
}
