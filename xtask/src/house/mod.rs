//! The house rules that a compiler cannot check alone (docs/architecture.md names each).

mod arrows;
mod binary;
mod icons;
mod places;
mod purity;
mod sizes;
mod source;

use anyhow::{Result, bail};

use crate::setup;
use crate::shell::{self, cargo};
use crate::test::WORKSPACE;

type Rule = (&'static str, fn() -> Result<()>);

const RULES: &[Rule] = &[
    ("purity", purity::check),
    ("sizes", sizes::check),
    ("arrows", arrows::check),
    ("places", places::check),
    ("claims", || crate::docs::run(true)),
    ("binary", binary::check),
    ("icons", icons::check),
    ("deny", deny),
    ("docs", docs),
];

/// Checks one rule, or all.
///
/// # Errors
/// When a rule is broken, or there is no such rule.
pub fn run(rule: Option<&str>) -> Result<()> {
    let Some(name) = rule else {
        let kept = check_all();
        let broken = kept.iter().filter(|(_, kept)| !kept).count();
        println!("{} passed, {broken} failed", kept.len() - broken);
        return if broken == 0 { Ok(()) } else { bail!("{broken} house rules are broken") };
    };
    match RULES.iter().find(|(known, _)| *known == name) {
        Some((_, check)) => check(),
        None => {
            let names: Vec<_> = RULES.iter().map(|(name, _)| *name).collect();
            bail!("there is no rule `{name}`; there are: {}", names.join(", "))
        }
    }
}

/// Checks every rule, says what is wrong, and gives each rule's name with whether it is kept.
pub fn check_all() -> Vec<(&'static str, bool)> {
    RULES
        .iter()
        .map(|(name, check)| match check() {
            Ok(()) => {
                println!("house: {name}: kept");
                (*name, true)
            }
            Err(error) => {
                println!("house: {name}: BROKEN: {error:#}");
                (*name, false)
            }
        })
        .collect()
}

/// Advisories need a database from the internet, so they are a job of their own.
fn deny() -> Result<()> {
    setup::Tool::Deny.install()?;
    shell::run(&mut cargo([
        "deny",
        "--workspace",
        "--log-level",
        "error",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}

/// Bare URLs are let be, because clap prints the same text as help; links to private items, because they help who reads
/// the source.
fn docs() -> Result<()> {
    let mut documentation = cargo(["doc", "--quiet", "--no-deps"]);
    let allowed = "-D warnings -A rustdoc::bare_urls -A rustdoc::private_intra_doc_links";
    shell::run(documentation.args(WORKSPACE).env("RUSTDOCFLAGS", allowed))
}

/// Fails with every line of what was found, if anything was.
fn nothing(found: &[String]) -> Result<()> {
    if found.is_empty() { Ok(()) } else { bail!("\n  {}", found.join("\n  ")) }
}
