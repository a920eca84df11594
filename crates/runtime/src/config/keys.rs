//! Every key there is: its name, what a value must look like, and where it goes.

mod phone;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rightdoor_core::guidance::Language;
use rightdoor_core::policy::{LoginReview, WithdrawPolicy};
use toml::de::DeValue;

use super::{Config, Level, SecretStore};
use crate::registry::Adapter;

/// One key.
pub(super) struct Key {
    /// Its name with its section.
    pub name: &'static str,
    /// What to write, for the hint of an error.
    pub form: &'static str,
    /// Puts a value in its place; the error continues the sentence "`key` …".
    pub put: fn(&mut Config, &DeValue<'_>, &Path) -> Result<(), String>,
}

const SPAN: &str = "a duration in quotes, such as \"2s\", \"10m\", \"12h\" or \"90d\"";

/// A duration of the policy, at least this many milliseconds.
macro_rules! span {
    ($name:ident, $least:expr) => {
        Key {
            name: concat!("policy.", stringify!($name)),
            form: SPAN,
            put: |config, value, _| {
                config.policy.$name = at_least($least, duration(value)?)?;
                Ok(())
            },
        }
    };
}

/// A text of the section `registry` that a provider has to be told.
macro_rules! told {
    ($name:ident, $form:expr) => {
        Key {
            name: concat!("registry.", stringify!($name)),
            form: $form,
            put: |config, value, _| {
                config.provider.$name = text(value)?.trim().to_owned();
                Ok(())
            },
        }
    };
}

/// Every key, in the order of the documentation.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(phone::KEYS)
}

const KEYS: &[Key] = &[
    Key {
        name: "paths.data",
        form: "a folder in quotes",
        put: |config, value, base| {
            config.data = path(value, base)?;
            Ok(())
        },
    },
    Key {
        name: "paths.runtime",
        form: "a folder in quotes",
        put: |config, value, base| {
            config.runtime = path(value, base)?;
            Ok(())
        },
    },
    Key {
        name: "senses.physical",
        form: "a list of interface names, such as [\"eth0\"]",
        put: |config, value, _| {
            config.physical = names(value)?;
            Ok(())
        },
    },
    Key {
        name: "senses.sound",
        form: "a folder in quotes",
        put: |config, value, base| {
            config.sound = path(value, base)?;
            Ok(())
        },
    },
    Key {
        name: "secrets.store",
        form: "\"keyring\" or \"file\"",
        put: |config, value, _| {
            config.secrets = match text(value)? {
                "keyring" => SecretStore::Keyring,
                "file" => SecretStore::File,
                other => return Err(format!("does not know \"{other}\"")),
            };
            Ok(())
        },
    },
    Key {
        name: "registry.ca_file",
        form: "a PEM file in quotes",
        put: |config, value, base| {
            config.ca_file = Some(path(value, base)?);
            Ok(())
        },
    },
    Key {
        name: "registry.plain_http",
        form: "true or false",
        put: |config, value, _| {
            config.plain_http = yes_or_no(value)?;
            Ok(())
        },
    },
    Key {
        name: "registry.adapter",
        form: "\"own\", \"telnyx\", \"bandwidth\" or \"signalwire\"",
        put: |config, value, _| {
            let written = text(value)?;
            let known = Adapter::ALL.into_iter().find(|adapter| adapter.name() == written);
            config.provider.adapter = known.ok_or_else(|| format!("does not know \"{written}\""))?;
            Ok(())
        },
    },
    told!(url, "the address of the provider's interface in quotes"),
    told!(number, "the number that calls come from, such as \"+13035550100\""),
    told!(caller_name, "the name that a call centre is shown, one for each device"),
    told!(account, "the account or project at the provider"),
    told!(client, "the OAuth client at the provider"),
    told!(token_url, "where the provider gives out OAuth tokens"),
    told!(number_id, "the number's identifier at the provider"),
    Key {
        name: "registry.call_token_file",
        form: "a file in quotes",
        put: |config, value, base| {
            config.provider.call_token_file = path(value, base)?;
            Ok(())
        },
    },
    Key {
        name: "registry.instance",
        form: "the softphone's instance id, such as \"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
        put: |config, value, _| {
            config.instance = instance(text(value)?)?;
            Ok(())
        },
    },
    Key {
        name: "windows.open",
        form: "true or false",
        put: |config, value, _| {
            config.windows = yes_or_no(value)?;
            Ok(())
        },
    },
    Key {
        name: "guidance.language",
        form: "\"en\", \"es\" or \"fr\"",
        put: |config, value, _| {
            let written = text(value)?;
            let known = Language::ALL.into_iter().find(|language| language.tag() == written);
            config.policy.language = known.ok_or_else(|| format!("does not know \"{written}\""))?;
            Ok(())
        },
    },
    Key {
        name: "log.level",
        form: "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        put: |config, value, _| {
            config.log.level = match text(value)? {
                "error" => Level::Error,
                "warn" => Level::Warn,
                "info" => Level::Info,
                "debug" => Level::Debug,
                "trace" => Level::Trace,
                other => return Err(format!("does not know \"{other}\"")),
            };
            Ok(())
        },
    },
    Key {
        name: "log.json",
        form: "true or false",
        put: |config, value, _| {
            config.log.json = yes_or_no(value)?;
            Ok(())
        },
    },
    Key {
        name: "log.files",
        form: "how many days of log files to keep, 0 (none) to 90",
        put: |config, value, _| {
            config.log.files = whole(value, 90)?;
            Ok(())
        },
    },
    span!(settle_quiet, 1),
    span!(settle_ceiling, 1),
    span!(reconcile_every, 100),
    span!(degraded_poll_every, 100),
    span!(read_back_every, 100),
    span!(renew_every, 100),
    span!(snooze, 1),
    span!(unlearned_holds, 1),
    span!(weak_evidence_holds, 1),
    span!(weak_evidence_sleep, 1),
    span!(wifi_agreement, 1),
    span!(short_sleep, 0),
    Key {
        name: "policy.confirm_max_age",
        form: "a duration in quotes, such as \"90d\", or \"never\"",
        put: |config, value, _| {
            config.policy.confirm_max_age = match text(value)? {
                "never" => None,
                _ => Some(at_least(1, duration(value)?)?),
            };
            Ok(())
        },
    },
    span!(emergency_freeze, 0),
    span!(clock_tolerance, 1),
    Key {
        name: "policy.withdraw",
        form: "\"never\" or \"after_certain_move\"",
        put: |config, value, _| {
            config.policy.withdraw = match text(value)? {
                "never" => WithdrawPolicy::Never,
                "after_certain_move" => WithdrawPolicy::AfterCertainMove,
                other => return Err(format!("does not know \"{other}\"")),
            };
            Ok(())
        },
    },
    Key {
        name: "policy.login_review",
        form: "\"when_unrecognised\" or \"always\"",
        put: |config, value, _| {
            config.policy.login_review = match text(value)? {
                "when_unrecognised" => LoginReview::WhenUnrecognised,
                "always" => LoginReview::Always,
                other => return Err(format!("does not know \"{other}\"")),
            };
            Ok(())
        },
    },
];

/// Settings that are each right but cannot be right together.
pub(super) fn contradiction(config: &Config) -> Option<(&'static str, String, &'static str)> {
    if let Some(missing) = config.provider.missing() {
        let why = format!("lacks `registry.{missing}` beside it");
        return Some(("registry.adapter", why, "every key that the provider's page in docs/providers names"));
    }
    let policy = &config.policy;
    (policy.settle_ceiling < policy.settle_quiet).then(|| {
        let why = "is shorter than `policy.settle_quiet`".to_owned();
        ("policy.settle_ceiling", why, "a ceiling at least as long as the quiet period")
    })
}

fn wrong(wanted: &str, value: &DeValue<'_>) -> String {
    format!("must be {wanted}, not {}", kind(value))
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

fn yes_or_no(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| wrong("true or false", value))
}

fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| wrong("a text in quotes", value))
}

/// A path; a relative one starts at the folder of the file it is written in.
fn path(value: &DeValue<'_>, base: &Path) -> Result<PathBuf, String> {
    let written = text(value)?;
    if written.trim().is_empty() {
        return Err("is empty".into());
    }
    Ok(base.join(written))
}

/// It goes into a header.
fn instance(written: &str) -> Result<String, String> {
    let written = written.trim().trim_start_matches('<').trim_end_matches('>');
    let fits = (1..=256).contains(&written.len()) && written.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(written.to_owned()) } else { Err("is no instance id".into()) }
}

fn names(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let items = value.as_array().ok_or_else(|| wrong("a list of texts", value))?;
    items.iter().map(|item| text(item.get_ref()).map(str::to_owned)).collect()
}

fn whole(value: &DeValue<'_>, most: usize) -> Result<usize, String> {
    let number = value.as_integer().ok_or_else(|| wrong("a whole number", value))?;
    usize::from_str_radix(&number.as_str().replace('_', ""), number.radix())
        .ok()
        .filter(|number| *number <= most)
        .ok_or_else(|| format!("must be 0 to {most}"))
}

fn at_least(least: u64, span: Duration) -> Result<Duration, String> {
    if span >= Duration::from_millis(least) { Ok(span) } else { Err(format!("must be at least {least} ms")) }
}

/// `500ms`, `2s`, `10m`, `12h` or `90d`.
fn duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let written = text(value)?;
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    let scale = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" => return Err(format!("lacks a unit: \"{written}\"")),
        _ => return Err(format!("is not a duration: \"{written}\"")),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(scale))
        .filter(|millis| *millis <= 3_660 * 86_400_000)
        .map(Duration::from_millis)
        .ok_or_else(|| format!("is not a duration of at most ten years: \"{written}\""))
}
