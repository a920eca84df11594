//! Times in documents: RFC 3339 (XML schema `dateTime`) to and from Unix milliseconds.
//!
//! Only arithmetic: nothing here knows what time it is.

const DAY: i64 = 86_400_000;
/// 0001-01-01T00:00:00Z and the last millisecond of 9999: what four digits of a year can say.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

/// Writes Unix milliseconds as UTC (`2026-11-22T14:05:09.250Z`); years outside 1–9999 are clamped.
#[must_use]
pub fn write(unix_ms: i64) -> String {
    let clamped = unix_ms.clamp(FIRST, LAST);
    let (days, rest) = (clamped.div_euclid(DAY), clamped.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    let mut text = String::with_capacity("2026-11-22T14:05:09.250Z".len());
    for (number, digits, before) in [
        (year, 4, None),
        (month, 2, Some('-')),
        (day, 2, Some('-')),
        (hour, 2, Some('T')),
        (minute, 2, Some(':')),
        (second, 2, Some(':')),
    ] {
        text.extend(before);
        push(&mut text, number, digits);
    }
    let fraction = rest % 1000;
    if fraction != 0 {
        text.push('.');
        push(&mut text, fraction, 3);
    }
    text.push('Z');
    text
}

/// The last `digits` digits of a number. An emergency call waits for this, so no formatter is set up for it.
fn push(text: &mut String, number: i64, digits: u32) {
    let digit = |place| u32::try_from(number / 10_i64.pow(place) % 10).ok();
    text.extend((0..digits).rev().filter_map(|place| char::from_digit(digit(place)?, 10)));
}

/// Reads an RFC 3339 time to Unix milliseconds; a missing zone (XML schema allows it) means UTC.
///
/// Fractions beyond milliseconds are cut; a leap second counts as the second before it. `None` where
/// it is no such time or its year is not 1–9999.
#[must_use]
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let clock = rest.get(..8)?;
    let (year, month, day) = triple(date, b'-', [4, 2, 2])?;
    let (hour, minute, second) = triple(clock, b':', [2, 2, 2])?;
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, zone) = fraction(rest.get(8..)?)?;
    let offset = zone_minutes(zone)?;
    let seconds = hour * 3600 + minute * 60 + second.min(59);
    let ms = days_from_civil(year, month, day) * DAY + seconds * 1000 + fraction - offset * 60_000;
    (FIRST..=LAST).contains(&ms).then_some(ms)
}

fn triple(text: &str, separator: u8, widths: [usize; 3]) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(char::from(separator));
    let mut next = |width: usize| number(parts.next()?, width);
    let found = (next(widths[0])?, next(widths[1])?, next(widths[2])?);
    parts.next().is_none().then_some(found)
}

fn number(text: &str, width: usize) -> Option<i64> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, zone) = rest.split_at(end);
    let milliseconds = digits.get(..3).unwrap_or(digits);
    let value: i64 = milliseconds.parse().ok()?;
    let scale = [100, 10, 1].get(milliseconds.len().checked_sub(1)?)?;
    Some((value * scale, zone))
}

fn zone_minutes(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian date. Years start in March here, so that the leap day is
/// the last day of a year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}
