//! The command line.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use rightdoor_core::guidance::Language;

/// Shows and sets where a 911 call from this computer would send responders.
#[derive(Clone, Debug, Parser)]
#[command(name = "rightdoorctl", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 the answer is no (not verified, chain broken), \
2 wrong usage or input, 3 could not do it now.")]
pub struct Args {
    /// Configuration file to use instead of your own
    #[arg(long, global = true, value_name = "F")]
    pub config: Option<PathBuf>,
    /// Answer in JSON, and errors as {"code", "message", "hint"}
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Where responders go now, and how far that is known; exit code 1 when it is not verified
    Where {
        /// Also the evidence for and against
        #[arg(long)]
        why: bool,
    },
    /// Answer the open question; without an option, show it
    Answer {
        /// Number of the question (default: the one that is open)
        #[arg(long, value_name = "N")]
        prompt: Option<u64>,
        /// The answer.
        #[command(flatten)]
        answer: AnswerArgs,
    },
    /// Say that the location shown is right: "yes, I am still here"
    Confirm,
    /// Say that you are somewhere else; without an option, open the question
    Change {
        /// Where.
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Report what the 933 test read back to you
    #[command(name = "report-933")]
    Report933 {
        /// Whether it was your address
        answer: Heard,
    },
    /// Enrol this person and computer at a registry
    Enrol {
        /// One-time code from your administrator
        #[arg(required_unless_present = "provider")]
        code: Option<String>,
        /// Address of the registry, such as https://registry.example.com
        #[arg(long, value_name = "URL", required_unless_present = "provider")]
        registry: Option<String>,
        /// At the provider of the configuration, with its secret from stdin
        #[arg(long, conflicts_with_all = ["code", "registry"])]
        provider: bool,
    },
    /// Follow changes; with --json every hint, snapshot, delta, decision and standing change
    Watch,
    /// Check every sense, permission, store and connection, with what to do about each fault
    Doctor,
    /// The card for when VoIP cannot reach 911; works without the companion
    Guidance {
        /// Its language: en, es or fr (default: yours)
        #[arg(long, value_name = "LANG", value_parser = language)]
        lang: Option<Language>,
    },
    /// The notice of 911's limits from a softphone, and that you have read it
    Advisory {
        /// Say that you have read it
        #[arg(long)]
        acknowledge: bool,
        /// Its language: en, es or fr (default: yours)
        #[arg(long, value_name = "LANG", value_parser = language)]
        lang: Option<Language>,
    },
    /// What was asked, answered, registered and tested on this computer
    Audit {
        /// What to do with it.
        #[command(subcommand)]
        action: AuditAction,
    },
    /// Places that you have confirmed
    Places {
        /// What to do with them.
        #[command(subcommand)]
        action: PlacesAction,
    },
    /// Completions for a shell, on stdout
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder; made if it does not exist
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Have the system start the companion at login and again after a failure
    Supervise {
        /// What to do.
        #[command(subcommand)]
        action: SuperviseAction,
    },
}

/// Where the person is.
#[derive(Clone, Debug, Default, Group)]
#[group(multiple = false)]
pub struct PlaceArgs {
    /// At this known place (see `rightdoorctl places list`)
    #[arg(long, value_name = "ID")]
    pub place: Option<String>,
    /// At the address in this JSON file ("-": stdin)
    #[arg(long, value_name = "F.json")]
    pub address: Option<PathBuf>,
    /// Travelling, or no address can be given
    #[arg(long)]
    pub travelling: bool,
}

/// What to answer.
#[derive(Clone, Debug, Default, Group)]
#[group(multiple = false)]
pub struct AnswerArgs {
    /// At this known place (the question lists some)
    #[arg(long, value_name = "ID")]
    pub place: Option<String>,
    /// At the address in this JSON file ("-": stdin)
    #[arg(long, value_name = "F.json")]
    pub address: Option<PathBuf>,
    /// Travelling, or no address can be given
    #[arg(long)]
    pub travelling: bool,
    /// Not there: ask in full
    #[arg(long)]
    pub no: bool,
    /// Not now: ask again in some minutes
    #[arg(long)]
    pub later: bool,
}

/// What 933 read out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Heard {
    /// It matched
    Yes,
    /// It did not match
    No,
    /// No address was read out, or nobody answered
    Other,
}

/// What to do with the audit trail.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum AuditAction {
    /// Check that no record was changed or removed; exit code 1 when one was
    Verify,
    /// Write all records, one JSON object a line
    Export {
        /// As CSV instead
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        /// Also the details, which hold your addresses
        #[arg(long)]
        details: bool,
    },
}

/// What to do with places.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum PlacesAction {
    /// List them
    List,
}

/// What to do with the supervision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum SuperviseAction {
    /// Install it and start the companion
    Install {
        /// Run the companion without a tray, answered by `rightdoorctl answer`
        #[arg(long)]
        no_tray: bool,
    },
    /// Stop the companion and have it started no more
    Remove,
    /// Say how it stands; exit code 1 unless the companion is supervised and runs
    Status,
}

fn language(tag: &str) -> Result<Language, String> {
    Language::ALL
        .into_iter()
        .find(|language| language.tag() == tag)
        .ok_or_else(|| "write en, es or fr".to_owned())
}
