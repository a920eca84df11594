//! Instants in words: relative up to an hour, then the clock, then the date.

use crate::Wall;

/// When a sentence is said, and in which zone its clock times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Now.
    pub now: Wall,
    /// Minutes that the person's clock is ahead of UTC; `None` says clock times in UTC, and so.
    pub ahead_of_utc: Option<i16>,
}

impl From<Wall> for Moment {
    fn from(now: Wall) -> Self {
        Self { now, ahead_of_utc: None }
    }
}

impl Moment {
    /// "13:05", with the date where that is another day.
    pub(super) fn clock(self, at: Wall) -> String {
        let (day, clock) = self.on_the_clock(at);
        let (today, _) = self.on_the_clock(self.now);
        let zone = if self.ahead_of_utc.is_some() { "" } else { " UTC" };
        if day == today { format!("{clock}{zone}") } else { format!("{clock}{zone} ({day})") }
    }

    /// `("2026-05-12", "09:14")` on the person's clock.
    fn on_the_clock(self, at: Wall) -> (String, String) {
        let ahead = i64::from(self.ahead_of_utc.unwrap_or(0)) * 60_000;
        let stamp = rightdoor_location::time::write(at.0.saturating_add(ahead));
        let part = |range: std::ops::Range<usize>| stamp.get(range).unwrap_or_default().to_owned();
        (part(0..10), part(11..16))
    }
}

/// How long ago `at` was, as people say it: "2 minutes ago", "at 09:14", "on 12 May".
#[must_use]
pub fn ago(at: Wall, moment: Moment) -> String {
    // A calendar that was set back makes every age a guess; a guess is not said.
    let Some(span) = moment.now.since(at) else { return "at a time this computer cannot tell".to_owned() };
    match span.as_secs() / 60 {
        0 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        minutes @ 2..60 => format!("{minutes} minutes ago"),
        _ => {
            let (day, clock) = moment.on_the_clock(at);
            let (today, _) = moment.on_the_clock(moment.now);
            let zone = if moment.ahead_of_utc.is_some() { "" } else { " UTC" };
            if day == today { format!("at {clock}{zone}") } else { format!("on {}", date(&day, &today)) }
        }
    }
}

/// When `at` will be: "at 09:14", or in a minute at most "in a moment".
pub(super) fn later(at: Wall, moment: Moment) -> String {
    match at.since(moment.now) {
        Some(span) if span.as_secs() >= 60 => {
            let zone = if moment.ahead_of_utc.is_some() { "" } else { " UTC" };
            format!("at {}{zone}", moment.on_the_clock(at).1)
        }
        Some(_) | None => "in a moment".to_owned(),
    }
}

/// "12 May", with the year where it is another one.
fn date(day: &str, today: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let month = MONTHS.get(number(day.get(5..7)).wrapping_sub(1)).copied().unwrap_or_default();
    let of_month = number(day.get(8..10));
    match (day.get(..4), today.get(..4)) {
        (Some(year), Some(this)) if year != this => format!("{of_month} {month} {year}"),
        _ => format!("{of_month} {month}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_then_clock_then_date() {
        let now = rightdoor_location::time::read("2026-05-12T16:30:00Z").map_or(Wall(0), Wall);
        let denver = Moment { now, ahead_of_utc: Some(-6 * 60) };
        let said = |back_minutes: i64, moment| ago(Wall(now.0 - back_minutes * 60_000), moment);
        let words = [
            said(0, denver),
            said(1, denver),
            said(59, denver),
            said(60, denver),
            said(60, Moment::from(now)),
            said(10 * 60 + 29, denver),
            said(10 * 60 + 31, denver),
            said(200 * 24 * 60, denver),
            said(-1, denver),
        ];
        assert_eq!(
            words,
            [
                "just now",
                "1 minute ago",
                "59 minutes ago",
                "at 09:30",
                "at 15:30 UTC",
                "at 00:01",
                "on 11 May",
                "on 24 October 2025",
                "at a time this computer cannot tell",
            ]
        );
    }
}
