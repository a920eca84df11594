//! Answers that change nothing, in words: what was wrong, and what to do.

use rightdoor_location::record::Problem;
use rightdoor_location::{CivicAddress, Content, FieldError};

use crate::Redacted;
use crate::intent::{Reply, Suggestion};

/// A refusal with its fix.
pub(super) fn because(code: &str, message: &str, hint: &str) -> Reply {
    Reply::Refused(Redacted::new(problem(code, message, hint)))
}

/// Fields that do not fit; the first one speaks for all where only one line is shown.
pub(super) fn fields(fields: Vec<FieldError>) -> Reply {
    let first = fields.first();
    let message = first.map_or("The address was refused.", |field| &field.message);
    let hint = first.map_or("Check every field.", |field| &field.hint);
    let problem = problem("invalid_address", message, hint);
    Reply::Refused(Redacted::new(Problem { fields, ..problem }))
}

/// It would be right as another address.
pub(super) fn corrected(given: Content, known: CivicAddress) -> Reply {
    let message = format!("The registry knows this address as: {}.", known.one_line());
    let hint = "If that is the place, answer again with that address.";
    suggested(problem("corrected", &message, hint), given, vec![known])
}

/// It could be any of several.
pub(super) fn ambiguous(given: Content, known: Vec<CivicAddress>) -> Reply {
    let lines: Vec<String> = known.iter().map(CivicAddress::one_line).collect();
    let message = format!("It could be one of these: {}.", lines.join(" · "));
    suggested(problem("ambiguous", &message, "Answer again with the one that is right."), given, known)
}

fn suggested(problem: Problem, given: Content, known: Vec<CivicAddress>) -> Reply {
    let given = match given {
        Content::Located(address) => address,
        Content::NoFixedAddress | Content::Withdrawn => CivicAddress::default(),
    };
    Reply::Suggested(Redacted::new(Suggestion { problem, given, known }))
}

fn problem(code: &str, message: &str, hint: &str) -> Problem {
    Problem { code: code.to_owned(), message: message.to_owned(), hint: hint.to_owned(), fields: Vec::new() }
}
