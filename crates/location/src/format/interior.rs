//! Words people put before a floor, unit, room or seat, though the element already says it.

use crate::Element;

/// Unit designators: USPS Publication 28, appendix C2. The word is part of the unit's name.
#[rustfmt::skip]
const DESIGNATORS: &[(&str, &str)] = &[
    ("apartment", "apt"), ("basement", "bsmt"), ("department", "dept"), ("front", "frnt"), ("hangar", "hngr"),
    ("lobby", "lbby"), ("lot", ""), ("lower", "lowr"), ("office", "ofc"), ("penthouse", "ph"), ("pier", ""),
    ("rear", ""), ("side", ""), ("slip", ""), ("space", "spc"), ("stop", ""), ("suite", "ste"), ("trailer", "trlr"),
    ("unit", ""), ("upper", "uppr"),
];

/// Words that only repeat the element's name.
const REPEATED: &[(Element, &[&str])] = &[
    (Element::FLR, &["floor", "flr", "fl", "level", "lvl"]),
    (Element::ROOM, &["room", "rm"]),
    (Element::SEAT, &["seat", "desk", "cubicle", "cube"]),
    (Element::UNIT, &["unit"]),
];

/// The value without a word that repeats the element, and with a unit designator in full:
/// "5th floor" is floor "5", "ste 200" is unit "Suite 200".
pub(super) fn tidy(element: Element, value: &str) -> String {
    let words = REPEATED.iter().find(|(named, _)| *named == element).map_or(&[][..], |(_, words)| words);
    let mut bare = value;
    while let Some(less) = without(bare, words) {
        bare = less;
    }
    if element == Element::FLR {
        return cardinal(bare).to_owned();
    }
    if element == Element::UNIT { designated(bare) } else { bare.to_owned() }
}

/// Takes one of `words` off the front ("Floor 5", "fl. 5", "# 5") or the end ("5th floor"), if
/// something is left that says as much.
fn without<'a>(value: &'a str, words: &[&str]) -> Option<&'a str> {
    let is_word = |text: &str| words.iter().any(|word| text.trim_end_matches('.').eq_ignore_ascii_case(word));
    let number = value.strip_prefix('#').map(str::trim_start).filter(|rest| !rest.is_empty());
    let front = || value.split_once(' ').filter(|(first, _)| is_word(first)).map(|(_, rest)| rest);
    // "Lower level" is a name; "2nd level" is a number.
    let says_as_much = |rest: &str, last: &str| {
        !last.to_ascii_lowercase().starts_with('l') || rest.contains(|c: char| c.is_ascii_digit())
    };
    let end = || value.rsplit_once(' ').filter(|(rest, last)| is_word(last) && says_as_much(rest, last));
    if words.is_empty() { None } else { number.or_else(front).or_else(|| end().map(|(rest, _)| rest)) }
}

fn cardinal(value: &str) -> &str {
    let ordinal = ["st", "nd", "rd", "th"]
        .into_iter()
        .find_map(|ending| value.strip_suffix(ending).or_else(|| value.strip_suffix(&ending.to_uppercase())));
    match ordinal {
        Some(number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => number,
        _ => value,
    }
}

fn designated(value: &str) -> String {
    let (first, rest) = value.split_once(' ').unwrap_or((value, ""));
    let key = first.trim_end_matches('.').to_ascii_lowercase();
    let known = DESIGNATORS.iter().find(|(full, short)| *full == key || (*short == key && !short.is_empty()));
    let Some((full, _)) = known else { return value.to_owned() };
    let (initial, others) = full.split_at(1);
    let rest = rest.trim_start_matches('#').trim_start();
    let space = if rest.is_empty() { "" } else { " " };
    format!("{}{others}{space}{rest}", initial.to_ascii_uppercase())
}
