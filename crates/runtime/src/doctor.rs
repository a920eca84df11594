//! Everything that can be wrong with this installation, and what to do about each fault.

use rightdoor_platform::network::Options;
use rightdoor_platform::secrets::{SecretError, hash_key};
use rightdoor_platform::{Finding, State};

use crate::config::{Config, Origin};
use crate::registry::{CallToken, Registry, Scope, TOKEN};
use crate::running::{registry, secret_store};
use crate::store::{ReadError, Reader};

/// Looks at configuration, store, senses, keyring and registry. Takes a few seconds where something
/// does not answer; needs no companion, and does not disturb one that runs.
pub async fn doctor(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config
        .remarks()
        .iter()
        .map(|remark| {
            finding("configuration", State::Limited, remark, "Mend the file, or take the key out of it.")
        })
        .collect();
    let set = config.origins().filter(|(_, origin)| **origin != Origin::Default);
    findings.extend(
        set.map(|(key, origin)| finding("configuration", State::Works, &format!("`{key}`: {origin}"), "")),
    );
    let saved = match Reader::open(&config.store_file())
        .and_then(|reader| Ok((reader.verify_audit()?, reader.saved()?)))
    {
        Ok((head, saved)) => {
            findings.push(finding(
                "store",
                State::Works,
                &format!("readable; {} audit records hold", head.seq),
                "",
            ));
            Some(saved)
        }
        Err(error) => {
            findings.push(unread(&error));
            None
        }
    };
    findings.extend(unwritable(config));
    let secrets = secret_store(config);
    // A key that is not there yet is made by the companion, not by who looks.
    let key = if config.data.join("hash.key").exists() {
        hash_key(&config.data).unwrap_or_default()
    } else {
        [0; 32]
    };
    let senses = Options { physical: config.physical.clone(), key };
    findings.extend(rightdoor_platform::doctor(&senses, &secrets, &config.data, &config.sound).await);
    let Some(enrolment) = saved.and_then(|saved| saved.enrolment) else {
        findings.push(finding(
            "enrolment",
            State::Limited,
            "this computer is not enrolled: nothing can be registered",
            "Get a code from your administrator, then `rightdoorctl enrol CODE --registry URL`.",
        ));
        return findings;
    };
    let secret = config.provider.adapter.secret().unwrap_or(TOKEN);
    findings.extend(match secrets.get(secret).await {
        Ok(_) | Err(SecretError::Unavailable(_)) => None,
        Err(error @ (SecretError::Missing | SecretError::Locked)) => Some(finding(
            "registry token",
            State::Broken,
            &error.to_string(),
            "Unlock the keyring, or enrol again.",
        )),
    });
    let registry = registry(config, None, None);
    findings.extend(limits(&registry));
    findings.push(match registry.reach(enrolment.registry.reveal()).await {
        Ok(()) => finding("registry", State::Works, "the registry answers", ""),
        Err(why) => finding(
            "registry",
            State::Broken,
            &why,
            "Check the network, a VPN that the registry needs, and `registry.ca_file`. What was confirmed is kept and sent later.",
        ),
    });
    findings
}

/// What the registry cannot do, and what the SIP side has to do for it.
fn limits(registry: &Registry) -> Vec<Finding> {
    let can = registry.capabilities();
    let note = |found: &str, hint: &str| finding("registry", State::Limited, found, hint);
    let mut notes = Vec::new();
    if !can.marks_stale {
        let hint = "Confirm or change your location soon after you move.";
        notes.push(note(
            "this provider cannot mark a location as old, nor notice that this computer is off",
            hint,
        ));
    }
    if can.scope == Scope::Number {
        let hint = "Use a number that nobody else calls from.";
        notes.push(note("the location belongs to the number, not to this computer", hint));
    }
    match can.call_token {
        CallToken::None => {}
        CallToken::Fixed => notes.push(note(
            "a 911 call must carry this device's endpoint identifier",
            "Have the SIP side put it there; docs/providers says how.",
        )),
        CallToken::NewAtEveryMove => notes.push(note(
            "a 911 call must carry identifiers that are new after every move",
            "Have the SIP side read the file of `registry.call_token_file`; docs/providers says how.",
        )),
    }
    notes
}

fn finding(sense: &str, state: State, found: &str, hint: &str) -> Finding {
    Finding { sense: sense.to_owned(), state, found: found.to_owned(), hint: hint.to_owned() }
}

fn unread(error: &ReadError) -> Finding {
    let (state, hint) = match error {
        ReadError::Absent(_) => (State::Limited, "The companion makes it when it starts."),
        ReadError::Unreadable { .. } => {
            (State::Broken, "Start the companion: it moves a damaged store aside and says so.")
        }
        ReadError::Broken(_) => (
            State::Broken,
            "Keep a copy of the store's file, and tell your administrator: records were changed.",
        ),
    };
    finding("store", state, &error.to_string(), hint)
}

/// Whether the data folder takes a file. A folder that is not there yet is made by the companion.
fn unwritable(config: &Config) -> Option<Finding> {
    if !config.data.is_dir() {
        return None;
    }
    let probe = config.data.join(format!("doctor.{}.probe", std::process::id()));
    let tried = std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe));
    tried.err().map(|error| {
        finding(
            "data folder",
            State::Broken,
            &format!("{} cannot be written: {error}", config.data.display()),
            "Free some space, or make the folder yours again. Until then confirmations are sent, but not kept here.",
        )
    })
}
