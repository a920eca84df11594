//! The outage card as text: how to reach 911 when the softphone may not.

use rightdoor_location::{Content, Element};

use super::facets::cause;
use crate::View;
use crate::event::PhoneService;
use crate::view::Standing;

/// The outage card as plain text; also the flat guidance file.
///
/// It is written while all is well and read when nothing else works, so it holds no ages and leans
/// on nothing that could be gone.
#[must_use]
pub fn guidance(view: &View) -> String {
    let standing = &view.standing;
    let mut lines = vec!["Already talking to 911? Stay on the line.".to_owned(), String::new()];
    if let PhoneService::Silent(why) = standing.phone {
        lines.push("▲ Your softphone may not be able to reach 911".to_owned());
        lines.push(sentence(cause(why)));
    } else {
        lines.push("▲ If your softphone does not reach 911".to_owned());
    }
    lines.extend(
        [
            "",
            "1  Call 911 from your mobile phone.",
            "2  No mobile? Use the nearest desk, wall or red phone.",
            "3  Ask anyone near you to call.",
            "4  Cannot speak? Text 911 (not everywhere; wait for an answer).",
            "",
        ]
        .map(str::to_owned),
    );
    lines.extend(read_out(standing));
    lines.push(String::new());
    lines.push("Do not wait, and do not restart the app first.".to_owned());
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// Said once when an outage ends.
#[must_use]
pub const fn recovered() -> &'static str {
    "The phone service answers again. Check that your softphone is signed in."
}

/// What to say: an address only where it is known to be right, else the questions that find it.
fn read_out(standing: &Standing) -> Vec<String> {
    let registered = standing.registered.as_ref().map(|record| &record.content);
    // A person's own word is newer than the registry's.
    let last = standing.confirmed_differs.as_ref().or(registered).and_then(Content::address);
    if let (true, Some(address)) = (standing.here.is_verified(), last) {
        let mut lines = vec!["Say this:".to_owned(), format!("  “{}.”", address.one_line())];
        lines.extend(address.get(Element::LOC).map(|more| format!("  “{more}.”")));
        return lines;
    }
    let mut lines = vec![
        "Tell them:".to_owned(),
        "  · the street and number".to_owned(),
        "  · the floor and room".to_owned(),
        "  · which entrance".to_owned(),
    ];
    if let Some(address) = last {
        lines.push(String::new());
        lines.push("Your last address, only if you are still there:".to_owned());
        lines.push(format!("  {}", address.one_line()));
    }
    lines
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
