//! Which state a ZIP code belongs to: USPS three-digit prefixes (Labeling List L002).

/// First and last prefix of a run, and its state.
#[rustfmt::skip]
const PREFIXES: &[(u16, u16, &str)] = &[
    (6, 7, "PR"), (8, 8, "VI"), (9, 9, "PR"), (10, 27, "MA"), (28, 29, "RI"), (30, 38, "NH"), (39, 49, "ME"),
    (50, 54, "VT"), (55, 55, "MA"), (56, 59, "VT"), (60, 69, "CT"), (70, 89, "NJ"), (90, 98, "AE"), (100, 149, "NY"),
    (150, 196, "PA"), (197, 199, "DE"), (200, 200, "DC"), (201, 201, "VA"), (202, 205, "DC"),
    (206, 219, "MD"), (220, 246, "VA"), (247, 268, "WV"), (270, 289, "NC"), (290, 299, "SC"),
    (300, 319, "GA"), (320, 339, "FL"), (340, 340, "AA"), (341, 349, "FL"), (350, 369, "AL"),
    (370, 385, "TN"), (386, 397, "MS"), (398, 399, "GA"), (400, 427, "KY"), (430, 459, "OH"),
    (460, 479, "IN"), (480, 499, "MI"), (500, 528, "IA"), (530, 549, "WI"), (550, 567, "MN"),
    (569, 569, "DC"), (570, 577, "SD"), (580, 588, "ND"), (590, 599, "MT"), (600, 629, "IL"),
    (630, 658, "MO"), (660, 679, "KS"), (680, 693, "NE"), (700, 714, "LA"), (716, 729, "AR"),
    (730, 732, "OK"), (733, 733, "TX"), (734, 749, "OK"), (750, 799, "TX"), (800, 816, "CO"),
    (820, 831, "WY"), (832, 838, "ID"), (840, 847, "UT"), (850, 865, "AZ"), (870, 884, "NM"),
    (885, 885, "TX"), (889, 898, "NV"), (900, 961, "CA"), (962, 966, "AP"), (967, 968, "HI"),
    (970, 979, "OR"), (980, 994, "WA"), (995, 999, "AK"),
];

/// Runs of whole ZIP codes that differ from their prefix, or whose prefix has several states.
#[rustfmt::skip]
const EXCEPTIONS: &[(u32, u32, &str)] = &[
    (501, 501, "NY"), (544, 544, "NY"), (6390, 6390, "NY"), (83414, 83414, "WY"),
    (96799, 96799, "AS"), (96910, 96932, "GU"), (96939, 96940, "PW"), (96941, 96944, "FM"),
    (96950, 96952, "MP"), (96960, 96979, "MH"),
];

/// Delivery areas that reach over a state line: the ZIP code, and the other state. A crew is sent by
/// the true state, so both are right.
#[rustfmt::skip]
const ACROSS_THE_LINE: &[(u32, &str)] = &[
    (2861, "MA"), (3579, "ME"), (7421, "NY"), (19973, "MD"), (20135, "WV"), (21874, "DE"), (21912, "DE"),
    (27048, "VA"), (28675, "VA"), (30165, "AL"), (30559, "NC"), (30741, "TN"), (31905, "AL"), (36855, "GA"),
    (37642, "VA"), (38041, "AR"), (38079, "KY"), (38326, "MS"), (38769, "AR"), (38852, "AL"), (40965, "TN"),
    (42079, "TN"), (42223, "TN"), (42602, "TN"), (51001, "SD"), (51023, "SD"), (51360, "MN"), (51557, "NE"),
    (51640, "MO"), (52542, "MO"), (52573, "MO"), (52626, "MO"), (53511, "IL"), (54540, "MI"), (54554, "MI"),
    (56027, "IA"), (56129, "IA"), (56136, "SD"), (56144, "SD"), (56164, "SD"), (56219, "SD"), (56744, "ND"),
    (57026, "MN"), (57030, "MN"), (57068, "IA"), (57078, "NE"), (57638, "ND"), (57641, "ND"), (57642, "ND"),
    (57645, "ND"), (57648, "ND"), (57660, "ND"), (57717, "WY"), (57724, "MT"), (58225, "MN"), (58439, "SD"),
    (58621, "MT"), (58623, "SD"), (58649, "SD"), (58653, "SD"), (59221, "ND"), (59270, "ND"), (59275, "ND"),
    (63673, "IL"), (65729, "AR"), (65733, "AR"), (65761, "AR"), (66541, "NE"), (67950, "OK"), (68719, "SD"),
    (68755, "SD"), (68978, "KS"), (69201, "SD"), (69212, "SD"), (69216, "SD"), (69337, "SD"), (69358, "WY"),
    (71749, "LA"), (72338, "MO"), (72395, "TN"), (72644, "MO"), (73949, "TX"), (75556, "AR"), (79922, "NM"),
    (81137, "NM"), (82063, "CO"), (82082, "NE"), (82930, "UT"), (83120, "ID"), (83127, "ID"), (83342, "UT"),
    (84034, "NV"), (84531, "AZ"), (84536, "AZ"), (86044, "UT"), (86504, "NM"), (86514, "UT"), (86515, "NM"),
    (88063, "TX"), (89010, "CA"), (89019, "CA"), (89060, "CA"), (89061, "CA"), (89421, "OR"), (89439, "CA"),
    (89832, "ID"), (97635, "CA"), (97910, "ID"), (97913, "ID"), (99128, "ID"), (99362, "OR"),
];

/// The state that a five-digit ZIP code is in; `None` where no state has it.
pub(super) fn state(zip: u32) -> Option<&'static str> {
    let exception = EXCEPTIONS.iter().find(|(first, last, _)| (*first..=*last).contains(&zip));
    let prefix = u16::try_from(zip / 100).ok()?;
    let run = || PREFIXES.iter().find(|(first, last, _)| (*first..=*last).contains(&prefix));
    exception.map(|(_, _, state)| *state).or_else(|| run().map(|(_, _, state)| *state))
}

/// Whether an address in that state can have that ZIP code.
pub(super) fn fits(zip: u32, in_state: &str) -> bool {
    state(zip) == Some(in_state)
        || ACROSS_THE_LINE.iter().any(|(code, other)| *code == zip && *other == in_state)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::format::regions::STATES;

    #[test]
    fn every_state_and_territory_has_a_zip_code() {
        let owners: BTreeSet<&str> = (0..100_000).filter_map(state).collect();
        for (state, name) in STATES {
            assert!(owners.contains(state), "{name}");
        }
        assert!(owners.iter().all(|owner| STATES.iter().any(|(state, _)| state == owner)), "{owners:?}");
    }

    #[test]
    fn a_code_over_the_line_is_not_already_its_own() {
        for (zip, other) in ACROSS_THE_LINE {
            assert!(state(*zip).is_some_and(|own| own != *other), "{zip}");
        }
    }

    #[test]
    fn known_codes_are_where_they_are() {
        let known = [
            (80_202, "CO"),
            (94_105, "CA"),
            (501, "NY"),
            (6390, "NY"),
            (6902, "CT"),
            (5501, "MA"),
            (5401, "VT"),
            (20_500, "DC"),
            (20_166, "VA"),
            (96_799, "AS"),
            (96_813, "HI"),
            (96_910, "GU"),
            (96_950, "MP"),
            (802, "VI"),
            (901, "PR"),
            (83_414, "WY"),
            (83_702, "ID"),
            (39_901, "GA"),
            (73_301, "TX"),
            (99_501, "AK"),
        ];
        for (zip, expected) in known {
            assert_eq!(state(zip), Some(expected), "{zip:05}");
        }
        assert!(fits(42_223, "TN") && fits(42_223, "KY") && !fits(42_223, "CO"));
        assert_eq!(state(0), None);
    }
}
