//! Configuration: layers, provenance, and one clear error for every mistake.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::Duration;

use rightdoor_runtime::config::{Config, ConfigError, Origin, SecretStore, Sources};
use tempfile::TempDir;

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    fn one(&self, text: &str) -> Result<Config, ConfigError> {
        let user = Some(self.write("config.toml", text));
        defaults().layer(&Sources { user, ..Sources::default() })
    }
}

fn defaults() -> Config {
    Config::with_folders("/data".into(), "/run/rd".into())
}

/// The whole of what a person reads: message and hint, with the folder's random name left out.
fn said(files: &Files, text: &str) -> String {
    let error = files.one(text).unwrap_err();
    let whole = format!("{error}\n{}", error.hint());
    whole.replace(&format!("{}{MAIN_SEPARATOR}", files.0.path().display()), "")
}

#[test]
fn every_key_can_be_set_and_knows_its_line() {
    let files = Files::new();
    let text = r#"
[paths]
data = "store"
runtime = "/run/elsewhere"

[senses]
physical = ["eth0", "lab1"]

[secrets]
store = "file"

[registry]
ca_file = "ca.pem"
instance = "<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"

[phone]
resolvers = ["192.0.2.53", "[2001:db8::53]:5353"]

[log]
level = "debug"
json = true
files = 7

[policy]
settle_quiet = "500ms"
settle_ceiling = "3s"
confirm_max_age = "never"
withdraw = "after_certain_move"
login_review = "always"
renew_every = "12h"
"#;
    let config = files.one(text).unwrap();
    assert_eq!(config.data, files.0.path().join("store"), "relative to the file");
    assert_eq!(
        config.runtime,
        files.0.path().join(Path::new("/run/elsewhere")),
        "on the same drive, where there are drives"
    );
    assert_eq!(config.physical, ["eth0", "lab1"]);
    assert_eq!(config.secrets, SecretStore::File);
    assert_eq!(config.instance, "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    assert_eq!(config.ca_file, Some(files.0.path().join("ca.pem")));
    assert_eq!(config.resolvers, ["192.0.2.53:53", "[2001:db8::53]:5353"].map(|one| one.parse().unwrap()));
    assert_eq!(config.log.files, 7);
    assert_eq!(config.policy.settle_quiet, Duration::from_millis(500));
    assert_eq!(config.policy.renew_every, Duration::from_secs(12 * 3600));
    assert_eq!(config.policy.confirm_max_age, None);
    let file = files.0.path().join("config.toml");
    assert_eq!(*config.origin("policy.settle_quiet"), Origin::File(file, 25));
    assert_eq!(*config.origin("policy.snooze"), Origin::Default);
}

#[test]
fn a_higher_layer_wins_and_policy_cannot_be_overruled() {
    let files = Files::new();
    let user =
        files.write("user.toml", "[policy]\nsnooze = \"1m\"\nshort_sleep = \"1m\"\nsettle_quiet = \"1s\"\n");
    let given = files.write("given.toml", "[policy]\nsnooze = \"2m\"\nshort_sleep = \"2m\"\n");
    files.write("policy.d/10-first.toml", "[policy]\nsnooze = \"3m\"\n");
    let last = files.write("policy.d/20-last.toml", "[policy]\nsnooze = \"4m\"\n");
    files.write("policy.d/README", "not TOML");
    let sources = Sources {
        user: Some(user.clone()),
        given: Some(given.clone()),
        policy: Some(files.0.path().join("policy.d")),
    };
    let config = defaults().layer(&sources).unwrap();
    assert_eq!(config.policy.settle_quiet, Duration::from_secs(1));
    assert_eq!(config.policy.short_sleep, Duration::from_secs(120));
    assert_eq!(*config.origin("policy.short_sleep"), Origin::File(given.clone(), 3));
    // Files of root only count as policy; the test may run as anybody.
    if config.remarks().iter().any(|remark| remark.contains("must belong to root")) {
        assert_eq!(config.policy.snooze, Duration::from_secs(120));
    } else {
        assert_eq!(config.policy.snooze, Duration::from_secs(240));
        assert_eq!(*config.origin("policy.snooze"), Origin::Locked(last, 2));
        assert!(config.remarks()[0].starts_with(&given.display().to_string()), "says who was overruled");
    }
}

#[test]
fn a_missing_user_file_is_fine_and_a_missing_given_file_is_not() {
    let files = Files::new();
    let absent = Some(files.0.path().join("absent.toml"));
    let sources = Sources { user: absent.clone(), ..Sources::default() };
    assert_eq!(defaults().layer(&sources).unwrap(), defaults());
    let sources = Sources { given: absent, ..Sources::default() };
    assert!(matches!(defaults().layer(&sources), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn bad_input_config_unknown_keys_name_the_nearest() {
    let files = Files::new();
    assert_eq!(
        said(&files, "[policy]\n\nsnoze = \"10m\"\n"),
        "config.toml:3: there is no key `policy.snoze`\nDid you mean `policy.snooze`?"
    );
    assert_eq!(
        said(&files, "snooze = \"10m\"\n"),
        "config.toml:1: there is no key `snooze`\nDid you mean `policy.snooze`?"
    );
    assert_eq!(
        said(&files, "[sense]\nphysical = []\n"),
        "config.toml:2: there is no key `sense.physical`\nDid you mean `senses.physical`?"
    );
}

#[test]
fn bad_input_config_wrong_values_say_what_to_write() {
    let files = Files::new();
    let span = "Write a duration in quotes, such as \"2s\", \"10m\", \"12h\" or \"90d\".";
    assert_eq!(
        said(&files, "[policy]\nsnooze = 10\n"),
        format!("config.toml:2: `policy.snooze` must be a text in quotes, not a number\n{span}")
    );
    assert_eq!(
        said(&files, "[policy]\nsnooze = \"10\"\n"),
        format!("config.toml:2: `policy.snooze` lacks a unit: \"10\"\n{span}")
    );
    assert_eq!(
        said(&files, "[policy]\nreconcile_every = \"0s\"\n"),
        format!("config.toml:2: `policy.reconcile_every` must be at least 100 ms\n{span}")
    );
    assert_eq!(
        said(&files, "[policy]\nsnooze = \"99999999999999999999d\"\n"),
        format!(
            "config.toml:2: `policy.snooze` is not a duration of at most ten years: \"99999999999999999999d\"\n{span}"
        )
    );
    assert_eq!(
        said(&files, "[secrets]\nstore = \"vault\"\n"),
        "config.toml:2: `secrets.store` does not know \"vault\"\nWrite \"keyring\" or \"file\"."
    );
    assert_eq!(
        said(&files, "[senses]\nphysical = \"eth0\"\n"),
        "config.toml:2: `senses.physical` must be a list of texts, not a text\nWrite a list of interface names, such as [\"eth0\"]."
    );
    assert_eq!(
        said(&files, "[phone]\nresolvers = [\"dns.example\"]\n"),
        "config.toml:2: `phone.resolvers` holds \"dns.example\", which is no address\nWrite a list of addresses, such as [\"192.0.2.53\", \"[2001:db8::53]:5353\"]."
    );
    assert_eq!(
        said(&files, "[log]\nfiles = -1\n"),
        "config.toml:2: `log.files` must be 0 to 90\nWrite how many days of log files to keep, 0 (none) to 90."
    );
    assert_eq!(
        said(&files, "[policy]\nsettle_ceiling = \"1s\"\n"),
        "config.toml:2: `policy.settle_ceiling` is shorter than `policy.settle_quiet`\nWrite a ceiling at least as long as the quiet period."
    );
}

#[test]
fn bad_input_config_broken_files_name_the_line() {
    let files = Files::new();
    let text = said(&files, "[policy]\nsnooze = \n");
    assert!(text.starts_with("config.toml:2: "), "{text}");
    let file = files.0.path().join("latin1.toml");
    std::fs::write(&file, b"[paths]\ndata = \"\xff\"\n").unwrap();
    let sources = Sources { given: Some(file), ..Sources::default() };
    let error = defaults().layer(&sources).unwrap_err();
    assert!(error.to_string().contains("latin1.toml: cannot be read"), "{error}");
}

proptest::proptest! {
    #[test]
    fn bad_input_config_never_panics(text in "[\\[\\]a-z_.=\"0-9 \n]{0,80}") {
        let files = Files::new();
        let _ = files.one(&text);
    }
}
