use serde::{Deserialize, Serialize};

use crate::xml::ns;

/// One civic address element, by its PIDF-LO name (RFC 5139 section 3.1, RFC 6848 section 5, NENA-STA-004.2).
/// Order is the order in which people read an address, not the schema's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Element {
    /// `country`: ISO 3166-1 alpha-2, upper case.
    #[serde(rename = "country")]
    Country,
    /// State, province or territory; for the United States and Canada its postal abbreviation.
    A1,
    /// County, parish or district.
    A2,
    /// City or incorporated municipality.
    A3,
    /// City district or borough.
    A4,
    /// Neighbourhood.
    A5,
    /// Group of streets.
    A6,
    /// Street name pre-modifier ("Old").
    PRM,
    /// Leading street direction ("North").
    PRD,
    /// Street type before the name (RFC 6848, "Avenue" in "Avenue A").
    STP,
    /// What separates that type from the name (NENA, "of the" in "Avenue of the Americas").
    STPS,
    /// Street name without direction and type.
    RD,
    /// Street type after the name ("Street").
    STS,
    /// Trailing street direction.
    POD,
    /// Street name post-modifier.
    POM,
    /// Road section.
    RDSEC,
    /// Road branch.
    RDBR,
    /// Road sub-branch.
    RDSUBBR,
    /// House number prefix (RFC 6848).
    HNP,
    /// House number, digits only.
    HNO,
    /// House number suffix ("A", "1/2").
    HNS,
    /// House number as it is written locally, where prefix, number and suffix do not add up to it (NENA).
    HNC,
    /// Milepost: where along a road, trail or canal (RFC 6848).
    MP,
    /// Post number: the number of a lamp post or marker (RFC 6848).
    PN,
    /// Direction of travel (NENA).
    DT,
    /// Landmark or vanity address.
    LMK,
    /// Additional location information: what else helps a crew find the person.
    LOC,
    /// Name of the residence or business.
    NAM,
    /// Postal code (ZIP).
    PC,
    /// Postal code extension (NENA, the four digits after a ZIP).
    PCE,
    /// Site: what stands together under one name, such as a campus (NENA).
    SITE,
    /// Part of a site (NENA).
    SUBSITE,
    /// Building name or number.
    BLD,
    /// Wing of a building (NENA).
    WING,
    /// Unit, apartment or suite.
    UNIT,
    /// The word before a unit's own name (NENA, "Suite").
    #[serde(rename = "UNIT_PRETYPE")]
    UnitPreType,
    /// A unit's own name without that word (NENA, "500").
    #[serde(rename = "UNIT_VALUE")]
    UnitValue,
    /// Floor, as people say it.
    FLR,
    /// Room.
    ROOM,
    /// Section of seats or shelves (NENA).
    SECTION,
    /// Row in a section (NENA).
    ROW,
    /// Place type (RFC 4589).
    PLC,
    /// Postal community name, when it differs from A3.
    PCN,
    /// Post office box: never dispatchable by itself.
    POBOX,
    /// Additional code.
    ADDCODE,
    /// Seat, desk or cubicle.
    SEAT,
}

impl Element {
    /// Every element, in that order.
    #[rustfmt::skip]
    pub const ALL: [Self; 46] = [
        Self::Country, Self::A1, Self::A2, Self::A3, Self::A4, Self::A5, Self::A6, Self::PRM, Self::PRD,
        Self::STP, Self::STPS, Self::RD, Self::STS, Self::POD, Self::POM, Self::RDSEC, Self::RDBR,
        Self::RDSUBBR, Self::HNP, Self::HNO, Self::HNS, Self::HNC, Self::MP, Self::PN, Self::DT, Self::LMK,
        Self::LOC, Self::NAM, Self::PC, Self::PCE, Self::SITE, Self::SUBSITE, Self::BLD, Self::WING,
        Self::UNIT, Self::UnitPreType, Self::UnitValue, Self::FLR, Self::ROOM, Self::SECTION, Self::ROW,
        Self::PLC, Self::PCN, Self::POBOX, Self::ADDCODE, Self::SEAT,
    ];

    /// The element's name in a document (`country`, `A1`, `FLR`, …).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::A3 => "A3",
            Self::A4 => "A4",
            Self::A5 => "A5",
            Self::A6 => "A6",
            Self::PRM => "PRM",
            Self::PRD => "PRD",
            Self::STP => "STP",
            Self::STPS => "STPS",
            Self::RD => "RD",
            Self::STS => "STS",
            Self::POD => "POD",
            Self::POM => "POM",
            Self::RDSEC => "RDSEC",
            Self::RDBR => "RDBR",
            Self::RDSUBBR => "RDSUBBR",
            Self::HNP => "HNP",
            Self::HNO => "HNO",
            Self::HNS => "HNS",
            Self::HNC => "HNC",
            Self::MP => "MP",
            Self::PN => "PN",
            Self::DT => "DT",
            Self::LMK => "LMK",
            Self::LOC => "LOC",
            Self::NAM => "NAM",
            Self::PC => "PC",
            Self::PCE => "PCE",
            Self::SITE => "SITE",
            Self::SUBSITE => "SUBSITE",
            Self::BLD => "BLD",
            Self::WING => "WING",
            Self::UNIT => "UNIT",
            Self::UnitPreType => "UNIT_PRETYPE",
            Self::UnitValue => "UNIT_VALUE",
            Self::FLR => "FLR",
            Self::ROOM => "ROOM",
            Self::SECTION => "SECTION",
            Self::ROW => "ROW",
            Self::PLC => "PLC",
            Self::PCN => "PCN",
            Self::POBOX => "POBOX",
            Self::ADDCODE => "ADDCODE",
            Self::SEAT => "SEAT",
        }
    }

    /// The element of that name; case matters, as it does in the schemas.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.name() == name)
    }

    /// The XML namespace that it stands in: RFC 5139's, RFC 6848's, or one of NENA's two.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::STP | Self::HNP | Self::MP | Self::PN => ns::CIVIC_EXT,
            Self::STPS => ns::NENA_1,
            Self::HNC
            | Self::DT
            | Self::PCE
            | Self::SITE
            | Self::SUBSITE
            | Self::WING
            | Self::UnitPreType
            | Self::UnitValue
            | Self::SECTION
            | Self::ROW => ns::NENA_2,
            Self::Country
            | Self::A1
            | Self::A2
            | Self::A3
            | Self::A4
            | Self::A5
            | Self::A6
            | Self::PRM
            | Self::PRD
            | Self::RD
            | Self::STS
            | Self::POD
            | Self::POM
            | Self::RDSEC
            | Self::RDBR
            | Self::RDSUBBR
            | Self::HNO
            | Self::HNS
            | Self::LMK
            | Self::LOC
            | Self::NAM
            | Self::PC
            | Self::BLD
            | Self::UNIT
            | Self::FLR
            | Self::ROOM
            | Self::PLC
            | Self::PCN
            | Self::POBOX
            | Self::ADDCODE
            | Self::SEAT => ns::CIVIC,
        }
    }

    /// Whether the element says where *inside* the building the person is.
    #[must_use]
    pub const fn is_interior(self) -> bool {
        matches!(
            self,
            Self::WING
                | Self::UNIT
                | Self::UnitPreType
                | Self::UnitValue
                | Self::FLR
                | Self::ROOM
                | Self::SECTION
                | Self::ROW
                | Self::SEAT
        )
    }
}
