use proptest::prelude::*;
use rightdoor_location::time::{read, write};

proptest! {
    #[test]
    fn any_time_comes_back(ms in -62_135_596_800_000_i64..=253_402_300_799_999) {
        prop_assert_eq!(read(&write(ms)), Some(ms));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|[0-9T:.Z+-]{15,30}") {
        let _ = read(&text);
    }
}

#[test]
fn known_times() {
    let known = [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T12:00:00.5Z", 951_825_600_500),
        ("2007-05-24T12:35:02+10:00", 1_179_974_102_000),
        ("2006-01-01T13:00:00.0Z", 1_136_120_400_000),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
        ("2008-04-29T14:33:58", 1_209_479_638_000),
    ];
    for (text, ms) in known {
        assert_eq!(read(text), Some(ms), "{text}");
    }
    assert_eq!(write(951_825_600_500), "2000-02-29T12:00:00.500Z");
    assert_eq!(write(i64::MAX), "9999-12-31T23:59:59.999Z");
    assert_eq!(write(i64::MIN), "0001-01-01T00:00:00Z");
}

#[test]
fn bad_input_times_are_refused() {
    for text in [
        "",
        "yesterday",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+25:00",
        "2026-01-01T00:00:00Zjunk",
        "0000-01-01T00:00:00Z",
        "+026-01-01T00:00:00Z",
        "2026-01-01",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
