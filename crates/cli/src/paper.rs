//! Where answers and errors are written, as text or as JSON. No colour in either.

use std::io::Write;

use rightdoor_link::Problem;
use serde::Serialize;

use crate::{Exit, Fault};

/// stdout and stderr, and whether JSON is wanted.
pub struct Paper<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    json: bool,
}

impl std::fmt::Debug for Paper<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paper").field("json", &self.json).finish_non_exhaustive()
    }
}

impl<'a> Paper<'a> {
    /// Answers go to `out`, errors and remarks to `err`.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write, json: bool) -> Self {
        Self { out, err, json }
    }

    /// Whether JSON is wanted.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// Writes one line of text, at once.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Fault> {
        writeln!(self.out, "{}", text.trim_end())?;
        Ok(self.out.flush()?)
    }

    /// Writes one value as a line of JSON, at once.
    pub(crate) fn value<T: Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        let text = serde_json::to_string(value).map_err(|error| {
            Fault::could_not("output", error.to_string(), "this is a defect of Rightdoor")
        })?;
        self.line(&text)
    }

    /// The answer itself, for what writes its own form.
    pub(crate) fn out(&mut self) -> &mut dyn Write {
        self.out
    }

    /// A remark beside the answer; that nobody reads it is no fault.
    pub(crate) fn remark(&mut self, text: &str) {
        let _ = writeln!(self.err, "note: {text}");
    }

    /// Tells a fault, and says how the command ends.
    pub fn fault(&mut self, fault: &Fault) -> Exit {
        let Fault::Told(exit, problem) = fault else { return Exit::Done };
        // Where even stderr is closed, the exit code still speaks.
        let _ = if self.json { self.fault_as_json(problem) } else { self.fault_as_text(problem) };
        *exit
    }

    fn fault_as_json(&mut self, problem: &Problem) -> std::io::Result<()> {
        writeln!(self.err, "{}", serde_json::to_string(problem)?)
    }

    fn fault_as_text(&mut self, problem: &Problem) -> std::io::Result<()> {
        match problem.fields.as_slice() {
            [field] => writeln!(self.err, "error: {}: {}", field.field.name(), problem.message)?,
            fields => {
                writeln!(self.err, "error: {}", problem.message)?;
                for field in fields {
                    writeln!(self.err, "  {}: {} {}", field.field.name(), field.message, field.hint)?;
                }
            }
        }
        if problem.hint.is_empty() { Ok(()) } else { writeln!(self.err, "hint: {}", problem.hint) }
    }
}
