//! States, provinces and territories: postal abbreviations and names.

/// The United States, its territories and freely associated states, and military mail.
#[rustfmt::skip]
pub(super) const STATES: &[(&str, &str)] = &[
    ("AL", "Alabama"), ("AK", "Alaska"), ("AZ", "Arizona"), ("AR", "Arkansas"), ("CA", "California"),
    ("CO", "Colorado"), ("CT", "Connecticut"), ("DE", "Delaware"), ("DC", "District of Columbia"),
    ("FL", "Florida"), ("GA", "Georgia"), ("HI", "Hawaii"), ("ID", "Idaho"), ("IL", "Illinois"),
    ("IN", "Indiana"), ("IA", "Iowa"), ("KS", "Kansas"), ("KY", "Kentucky"), ("LA", "Louisiana"),
    ("ME", "Maine"), ("MD", "Maryland"), ("MA", "Massachusetts"), ("MI", "Michigan"), ("MN", "Minnesota"),
    ("MS", "Mississippi"), ("MO", "Missouri"), ("MT", "Montana"), ("NE", "Nebraska"), ("NV", "Nevada"),
    ("NH", "New Hampshire"), ("NJ", "New Jersey"), ("NM", "New Mexico"), ("NY", "New York"),
    ("NC", "North Carolina"), ("ND", "North Dakota"), ("OH", "Ohio"), ("OK", "Oklahoma"), ("OR", "Oregon"),
    ("PA", "Pennsylvania"), ("RI", "Rhode Island"), ("SC", "South Carolina"), ("SD", "South Dakota"),
    ("TN", "Tennessee"), ("TX", "Texas"), ("UT", "Utah"), ("VT", "Vermont"), ("VA", "Virginia"),
    ("WA", "Washington"), ("WV", "West Virginia"), ("WI", "Wisconsin"), ("WY", "Wyoming"),
    ("AS", "American Samoa"), ("GU", "Guam"), ("MP", "Northern Mariana Islands"), ("PR", "Puerto Rico"),
    ("VI", "Virgin Islands"), ("VI", "US Virgin Islands"), ("FM", "Micronesia"), ("MH", "Marshall Islands"), ("PW", "Palau"),
    ("AA", "Armed Forces Americas"), ("AE", "Armed Forces Europe"), ("AP", "Armed Forces Pacific"),
];

/// The Canadian provinces and territories, in both languages.
#[rustfmt::skip]
pub(super) const PROVINCES: &[(&str, &str)] = &[
    ("AB", "Alberta"), ("BC", "British Columbia"), ("BC", "Colombie-Britannique"), ("MB", "Manitoba"),
    ("NB", "New Brunswick"), ("NB", "Nouveau-Brunswick"), ("NL", "Newfoundland and Labrador"),
    ("NL", "Terre-Neuve-et-Labrador"), ("NL", "Newfoundland"), ("NS", "Nova Scotia"), ("NS", "Nouvelle-Écosse"),
    ("NT", "Northwest Territories"), ("NT", "Territoires du Nord-Ouest"), ("NU", "Nunavut"), ("ON", "Ontario"),
    ("PE", "Prince Edward Island"), ("PE", "Île-du-Prince-Édouard"), ("QC", "Quebec"), ("QC", "Québec"),
    ("SK", "Saskatchewan"), ("YT", "Yukon"),
];

/// First letters of Canadian postal codes, by province.
#[rustfmt::skip]
const POSTAL_LETTERS: &[(&str, &str)] = &[
    ("NL", "A"), ("NS", "B"), ("PE", "C"), ("NB", "E"), ("QC", "GHJ"), ("ON", "KLMNP"), ("MB", "R"),
    ("SK", "S"), ("AB", "T"), ("BC", "V"), ("NT", "X"), ("NU", "X"), ("YT", "Y"),
];

/// Delivery areas that reach into another province: the government in Ottawa and Gatineau, Flin
/// Flon, Lloydminster, and valleys of British Columbia served from Alberta.
#[rustfmt::skip]
const ACROSS_THE_BORDER: &[(&str, &str)] =
    &[("QC", "K1A"), ("SK", "R8A"), ("SK", "T9V"), ("AB", "S9V"), ("BC", "T0E"), ("BC", "T0L")];

/// The abbreviation for a name or an abbreviation, whatever its case.
pub(super) fn abbreviation(table: &[(&'static str, &str)], written: &str) -> Option<&'static str> {
    let key = written.to_lowercase();
    let plain = key.replace('.', "");
    table
        .iter()
        .find(|(short, name)| {
            short.eq_ignore_ascii_case(&plain) || name.to_lowercase() == key || name.to_lowercase() == plain
        })
        .map(|(short, _)| *short)
}

/// Whether a Canadian postal code, upper case, can belong to the province.
pub(super) fn postal_code_fits(code: &str, province: &str) -> bool {
    let letters =
        POSTAL_LETTERS.iter().find(|(short, _)| *short == province).map_or("", |(_, letters)| letters);
    code.starts_with(|first| letters.contains(first))
        || ACROSS_THE_BORDER.iter().any(|(short, area)| *short == province && code.starts_with(area))
}
