//! Every document that is written in a test run is validated in that run, by tools that nobody here wrote:
//! `xmllint` with the schemas of PIDF-LO and HELD, `jing` with that of LoST.
//!
//! The schemas are not part of this repository: they are looked for in `$RIGHTDOOR_SHARED`, or beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::setup;
use crate::shell::{command, root, target};

/// What test builds have and nothing shipped has.
pub const FEATURE: [&str; 2] = ["--features", "rightdoor-location/witness"];

/// The tests whose documents are left out: what is read from hostile input is written again, to see that it
/// stays the same, and was never valid.
const HOSTILE: &str = "bad_input_";

/// How many files one command line takes.
const BATCH: usize = 400;

/// The documents of one test run.
#[derive(Debug)]
pub struct Kept(PathBuf);

/// What became of them.
#[derive(Debug)]
pub enum Verdict {
    /// All are valid.
    Valid {
        /// PIDF-LO and HELD.
        xmllint: usize,
        /// LoST.
        jing: usize,
        /// Tests that wrote them.
        tests: usize,
    },
    /// There are no schemas here.
    Skipped,
}

impl Verdict {
    /// As figures of a claim.
    pub fn figures(&self) -> Value {
        match self {
            Self::Valid { xmllint, jing, tests } => {
                json!({ "validated_by_xmllint": xmllint, "validated_by_jing": jing, "tests_that_wrote": tests })
            }
            Self::Skipped => json!({ "skipped": "documents: no schemas here (set RIGHTDOOR_SHARED)" }),
        }
    }
}

impl Kept {
    /// An empty folder for the documents of what this command runs.
    pub fn by(tests: &mut Command, name: &str) -> Result<Self> {
        let folder = target().join("documents").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        tests.env("RIGHTDOOR_DOCUMENTS", &folder);
        Ok(Self(folder))
    }

    /// Validates them.
    ///
    /// # Errors
    /// When one is not valid, with what the validator says of it.
    pub fn validate(&self) -> Result<Verdict> {
        let shared = std::env::var_os("RIGHTDOOR_SHARED");
        let shared = shared.map_or_else(|| root().join("../shared"), PathBuf::from);
        let Ok(schemas) = shared.join("schemas").canonicalize() else {
            println!("skipped: documents (no schemas here; set RIGHTDOOR_SHARED)");
            return Ok(Verdict::Skipped);
        };
        let mut tests = BTreeSet::new();
        let (mut plain, mut lost, mut lost_by_text) = (Vec::new(), Vec::new(), Vec::new());
        for (test, file) in self.files()? {
            let text = fs::read_to_string(&file)?;
            tests.insert(test);
            if !text.contains("xmlns=\"urn:ietf:params:xml:ns:lost1\"") {
                plain.push(file);
            } else if text.contains("<SRSInvalid") || text.contains("<locationValidationUnavailable") {
                lost_by_text.push(file);
            } else {
                lost.push(file);
            }
        }
        if !(setup::is_debian() || plain.is_empty() && lost.is_empty()) {
            println!("documents: xmllint and jing must be installed");
        }
        for batch in plain.chunks(BATCH) {
            xmllint(&schemas, batch)?;
        }
        let normative = schemas.join("ietf/lost1.rng");
        for batch in lost.chunks(BATCH) {
            jing(command("jing", [&normative]), batch)?;
        }
        if !lost_by_text.is_empty() {
            let amended = self.0.join("lost-by-text.rnc");
            fs::write(&amended, lost_by_the_text(&schemas))?;
            for batch in lost_by_text.chunks(BATCH) {
                jing(command("jing", [Path::new("-c"), &amended]), batch)?;
            }
        }
        let jing = lost.len() + lost_by_text.len();
        println!("documents: {} valid by xmllint, {jing} by jing, of {} tests", plain.len(), tests.len());
        Ok(Verdict::Valid { xmllint: plain.len(), jing, tests: tests.len() })
    }

    /// Every kept document with the test that wrote it.
    fn files(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut found = Vec::new();
        for folder in fs::read_dir(&self.0)? {
            let folder = folder?.path();
            let test = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !folder.is_dir() || test.contains(HOSTILE) {
                continue;
            }
            for file in fs::read_dir(&folder)? {
                found.push((test.clone(), file?.path()));
            }
        }
        // A program that was killed may have left a part of one.
        found.retain(|(_, file)| file.extension().is_some_and(|end| end == "xml"));
        found.sort();
        Ok(found)
    }
}

fn xmllint(schemas: &Path, files: &[PathBuf]) -> Result<()> {
    let mut lint = command("xmllint", ["--nonet", "--noout", "--schema"]);
    lint.arg(schemas.join("driver.xsd")).args(files);
    lint.env("XML_CATALOG_FILES", schemas.join("catalog.xml"));
    let output = lint.output().context("xmllint cannot be started (Debian: libxml2-utils)")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let valid = said.lines().filter(|line| line.ends_with(" validates")).count();
    if output.status.success() && valid == files.len() {
        return Ok(());
    }
    bail!("{valid} of {} documents are valid\n{}", files.len(), faults(&said))
}

fn jing(mut jing: Command, files: &[PathBuf]) -> Result<()> {
    let output = jing.args(files).output().context("jing cannot be started (Debian: jing)")?;
    if output.status.success() {
        return Ok(());
    }
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    bail!("not all of {} LoST documents are valid\n{}", files.len(), faults(&said))
}

/// The first of what a validator finds, without what it says of good documents.
fn faults(said: &str) -> String {
    let quiet = |line: &&str| {
        !["Skipping import", "Unable to locate"].iter().any(|usual| line.contains(usual))
            && !line.ends_with(" validates")
    };
    said.lines().filter(quiet).take(20).collect::<Vec<_>>().join("\n")
}

/// RFC 5222's schema forgets one error and one warning that its text has (sections 13.1 and 13.2).
fn lost_by_the_text(schemas: &Path) -> String {
    format!(
        "default namespace = \"urn:ietf:params:xml:ns:lost1\"\n\
         include \"{}\"\n\
         SRSInvalid = element SRSInvalid {{ basicException }}\n\
         exceptionContainer |= (SRSInvalid? & locationValidationUnavailable?), extensionPoint, source\n",
        schemas.join("ietf/lost1.rnc").display()
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::{Kept, Verdict};

    const GOOD: &str = "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\"/>";
    const LOST: &str =
        "<errors xmlns=\"urn:ietf:params:xml:ns:lost1\" source=\"a.example\"><SRSInvalid/></errors>";

    #[test]
    fn one_document_that_is_not_valid_fails_the_run() {
        let mut tests = Command::new("true");
        let kept = Kept::by(&mut tests, "own-test").unwrap();
        let write = |test: &str, name: &str, text: &str| {
            fs::create_dir_all(kept.0.join(test)).unwrap();
            fs::write(kept.0.join(test).join(name), text).unwrap();
        };
        write("a", "1.xml", GOOD);
        write("b", "1.xml", LOST);
        write("x.bad_input_y", "1.xml", "<nonsense/>");
        write("a", "2.part", "<half");
        let verdict = kept.validate().unwrap();
        if matches!(verdict, Verdict::Skipped) {
            eprintln!("skipped: one_document_that_is_not_valid_fails_the_run (no schemas here)");
            return;
        }
        assert!(matches!(verdict, Verdict::Valid { xmllint: 1, jing: 1, tests: 2 }), "{verdict:?}");
        for (name, wrong) in [
            ("2.xml", GOOD.replace("/>", " responseTime=\"soon\"/>")),
            ("3.xml", "<locationReqest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\"/>".to_owned()),
            ("4.xml", LOST.replace("a.example", "a")),
            ("5.xml", LOST.replace("SRSInvalid", "notFound").replace("<errors", "<errors lost=\"\"")),
            ("6.xml", GOOD.replace("/>", "")),
        ] {
            write("a", name, &wrong);
            let refused = kept.validate().unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
            fs::remove_file(kept.0.join("a").join(name)).unwrap();
        }
        kept.validate().unwrap();
    }
}
