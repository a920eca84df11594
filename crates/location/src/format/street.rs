//! Number and street as people write them on one line, understood as elements.

use super::normalise::direction;
use super::suffixes::full_word;
use crate::{CivicAddress, Element};

/// Words that begin what is inside the building, and the element they begin.
const INSIDE: &[(&str, Element)] = &[
    ("apartment", Element::UNIT),
    ("apt", Element::UNIT),
    ("suite", Element::UNIT),
    ("ste", Element::UNIT),
    ("unit", Element::UNIT),
    ("floor", Element::FLR),
    ("fl", Element::FLR),
    ("room", Element::ROOM),
    ("rm", Element::ROOM),
];

/// What "1600 N. Blake St, Apt 4" says: house number, direction, name, type and unit.
///
/// It is a proposal for the person to see, never put in place of what they wrote. A word is only
/// taken for a direction or a type if a name is left without it ("North Street" is a street named
/// North), and what is not understood stays in the name, so that nothing is lost.
#[must_use]
pub fn street(line: &str) -> CivicAddress {
    let mut found = CivicAddress::new();
    let spaced = line.replace(',', " ").replace('#', " # ");
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    take_inside(&mut words, &mut found);
    take_number(&mut words, &mut found);
    // Name, type, direction: without a type before it, a last direction belongs to the name.
    if let [_, .., kind, last] = words[..]
        && let (Some(_), Some(full)) = (full_word(kind), direction(last))
    {
        found.set(Element::POD, full);
        words.pop();
    }
    if let [_, .., last] = words[..]
        && let Some(full) = full_word(last)
    {
        found.set(Element::STS, full);
        words.pop();
    }
    if let [first, _, ..] = words[..]
        && let Some(full) = direction(first)
    {
        found.set(Element::PRD, full);
        words.remove(0);
    }
    found.set(Element::RD, &words.join(" "));
    found
}

/// Takes everything from the first "Apt", "#" or "Floor" that has something before and after it.
fn take_inside(words: &mut Vec<&str>, found: &mut CivicAddress) {
    let begins = |word: &str| {
        let bare = word.trim_end_matches('.');
        let known = INSIDE.iter().find(|(name, _)| bare.eq_ignore_ascii_case(name));
        known.map(|(_, element)| *element).or((word == "#").then_some(Element::UNIT))
    };
    // The number and a word of the name come before it: "12 Fl Avenue" has none inside.
    while let Some(at) = (2..words.len().saturating_sub(1)).rev().find(|at| begins(words[*at]).is_some()) {
        let Some(element) = begins(words[at]) else { return };
        let skip = at + usize::from(words[at] == "#" || element != Element::UNIT);
        let value = words[skip..].join(" ").replace(" # ", " ");
        found.set(element, &value);
        words.truncate(at);
    }
}

/// "1600", "1600A", "1600-A" and "1600 1/2".
fn take_number(words: &mut Vec<&str>, found: &mut CivicAddress) {
    let Some(first) = words.first().copied() else { return };
    let digits = first.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = first.split_at(digits);
    let suffix = rest.trim_start_matches('-');
    // "16th Street Mall" begins with a name, and "42" alone is all there is.
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|ending| suffix.eq_ignore_ascii_case(ending));
    if number.is_empty() || ordinal || suffix.chars().count() > 3 {
        return;
    }
    found.set(Element::HNO, number);
    found.set(Element::HNS, suffix);
    words.remove(0);
    if suffix.is_empty() && matches!(words.first(), Some(&("1/2" | "½" | "1/4" | "3/4"))) {
        found.set(Element::HNS, words.remove(0));
    }
}

#[cfg(test)]
mod tests {
    use super::street;

    #[test]
    fn lines_are_understood_and_nothing_is_lost() {
        let said = |line: &str| {
            let found = street(line);
            found
                .iter()
                .map(|(element, value)| format!("{}={value}", element.name()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (line, expected) in [
            ("1600 Blake St", "RD=Blake STS=Street HNO=1600"),
            ("1600 N. Blake St.", "PRD=North RD=Blake STS=Street HNO=1600"),
            ("12 Elm Street NW", "RD=Elm STS=Street POD=Northwest HNO=12"),
            ("12 Elm Street, Apt 4", "RD=Elm STS=Street HNO=12 UNIT=Apt 4"),
            ("12 Elm St #4", "RD=Elm STS=Street HNO=12 UNIT=4"),
            ("12 Elm St, Suite 200, 5th Floor", "RD=Elm STS=Street HNO=12 UNIT=Suite 200 5th Floor"),
            ("12 Elm St floor 5", "RD=Elm STS=Street HNO=12 FLR=5"),
            ("9 North Street", "RD=North STS=Street HNO=9"),
            ("9 Avenue E", "RD=Avenue E HNO=9"),
            ("9 Broadway", "RD=Broadway HNO=9"),
            ("16th Street Mall", "RD=16th Street STS=Mall"),
            ("221B Baker Street", "RD=Baker STS=Street HNO=221 HNS=B"),
            ("12 1/2 Elm Street", "RD=Elm STS=Street HNO=12 HNS=1/2"),
            ("42", "HNO=42"),
            ("", ""),
            ("Rue de l’Église", "RD=Rue de l’Église"),
        ] {
            assert_eq!(said(line), expected, "{line}");
        }
    }
}
