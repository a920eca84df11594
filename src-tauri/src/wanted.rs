//! What a window is wanted for: by the command line, by another process of this program, or by a link
//! that anybody may have written.

use std::path::PathBuf;

use clap::Parser;
use rightdoor_link::Problem;
use serde::{Deserialize, Serialize};

use crate::deep_link;

/// Shows and changes your registered 911 location. The companion keeps it; this program only shows it.
#[derive(Debug, Parser)]
#[command(name = "rightdoor", version)]
pub struct Args {
    /// Open the outage card: how to reach 911 when the softphone may not. Works without the companion.
    #[arg(long)]
    guidance: bool,
    /// Open the question where you are working now.
    #[arg(long, conflicts_with = "guidance")]
    question: bool,
    /// Nobody asked for it: appear, take no focus, and stay away where the question is closed or 911 was called.
    #[arg(long, requires = "question")]
    unasked: bool,
    /// The folder of the companion's socket.
    #[arg(long, value_name = "FOLDER", hide = true, requires = "data")]
    pub runtime: Option<PathBuf>,
    /// The folder of the outage card.
    #[arg(long, value_name = "FOLDER", hide = true)]
    pub data: Option<PathBuf>,
    /// A link that begins with `rightdoor:`.
    #[arg(value_name = "LINK", conflicts_with_all = ["guidance", "question"])]
    link: Option<String>,
}

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The standing.
    #[default]
    Status,
    /// The open question.
    Question,
    /// The address form.
    Address,
    /// My confirmations.
    History,
    /// How this installation is set up.
    Settings,
    /// The first run.
    Welcome,
    /// The outage card.
    Guidance,
}

impl Page {
    /// Its name in an address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Question => "question",
            Self::Address => "address",
            Self::History => "history",
            Self::Settings => "settings",
            Self::Welcome => "welcome",
            Self::Guidance => "guidance",
        }
    }
}

/// What a window is wanted for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The page.
    pub page: Page,
    /// Whether nobody asked for it.
    pub unasked: bool,
    /// What a link brings for the first run's form: shown there, sent by nobody but the person.
    pub enrol: Option<Enrol>,
    /// What was wrong with what was asked for, to be told.
    pub refused: Option<String>,
}

/// An enrolment code and the registry that it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The code.
    pub code: String,
    /// The registry's address.
    pub registry: String,
}

impl Wanted {
    /// What these arguments want. A link that is refused still opens a window, which says so.
    pub fn of(args: &Args) -> Self {
        let page = |page| Self { page, unasked: args.unasked, ..Self::default() };
        if args.guidance {
            return page(Page::Guidance);
        }
        if args.question {
            return page(Page::Question);
        }
        match args.link.as_deref().map(deep_link::read) {
            None => page(Page::Status),
            Some(Ok(wanted)) => wanted,
            Some(Err(problem)) => Self { refused: Some(said(&problem)), ..page(Page::Status) },
        }
    }

    /// Where the page finds itself: `#/welcome?code=…&registry=…`.
    pub fn hash(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.unasked {
            query.append_pair("unasked", "1");
        }
        if let Some(enrol) = &self.enrol {
            query.append_pair("code", &enrol.code).append_pair("registry", &enrol.registry);
        }
        if let Some(refused) = &self.refused {
            query.append_pair("refused", refused);
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("#/{}{mark}{query}", self.page.name())
    }
}

fn said(problem: &Problem) -> String {
    format!("{} {}", problem.message, problem.hint)
}
