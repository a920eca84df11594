//! Logging to stderr (the journal, under a supervisor) and, if asked, to daily files.
//!
//! The levels are a contract: *error*, a person must act; *warn*, something went wrong and was dealt
//! with; *info*, a few lines a day; *debug*, every event and effect, with addresses, tokens and
//! networks redacted; *trace*, the libraries too. Nothing private is logged above *debug*.

use std::path::Path;

use tracing::level_filters::LevelFilter;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Level, Log};

/// Begins to log; `data` is the data folder. A file that cannot be opened is said on stderr and done
/// without. Does nothing if the program logs already.
pub fn begin(log: Log, data: &Path) {
    let ours = match log.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let others = if log.level == Level::Trace { LevelFilter::TRACE } else { LevelFilter::WARN.min(ours) };
    let wanted = || {
        let names = ["core", "platform", "runtime", "link", "companion", "location"];
        let names = names.map(|name| (format!("rightdoor_{name}"), ours));
        Targets::new().with_default(others).with_targets(names)
    };
    let file = (log.files > 0).then(|| {
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("companion")
            .filename_suffix("log")
            .max_log_files(log.files)
            .build(data.join("log"))
    });
    let (file, error) = match file {
        Some(Ok(file)) => (Some(file), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let text = |json: bool| (!json).then(|| fmt::layer().with_writer(std::io::stderr).with_filter(wanted()));
    let json =
        |json: bool| json.then(|| fmt::layer().json().with_writer(std::io::stderr).with_filter(wanted()));
    let to_file =
        file.map(|file| fmt::layer().json().with_writer(std::sync::Mutex::new(file)).with_filter(wanted()));
    let begun =
        tracing_subscriber::registry().with(text(log.json)).with(json(log.json)).with(to_file).try_init();
    if let (Ok(()), Some(error)) = (begun, error) {
        tracing::warn!(%error, "log files cannot be written");
    }
}
