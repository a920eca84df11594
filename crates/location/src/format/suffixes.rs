//! Street suffixes: USPS Publication 28, appendix C1.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The full word, and the abbreviations and spellings people write for it, lower case.
#[rustfmt::skip]
const SUFFIXES: &[(&str, &str)] = &[
    ("Alley", "aly allee ally"), ("Annex", "anx anex annx"), ("Arcade", "arc"),
    ("Avenue", "ave av aven avenu avn avnue"), ("Bayou", "byu bayoo"), ("Beach", "bch"), ("Bend", "bnd"),
    ("Bluff", "blf bluf"), ("Bluffs", "blfs"), ("Bottom", "btm bot bottm"),
    ("Boulevard", "blvd boul boulv"), ("Branch", "br brnch"), ("Bridge", "brg brdge"), ("Brook", "brk"),
    ("Brooks", "brks"), ("Burg", "bg"), ("Burgs", "bgs"), ("Bypass", "byp bypa bypas byps"),
    ("Camp", "cp cmp"), ("Canyon", "cyn canyn cnyn"), ("Cape", "cpe"), ("Causeway", "cswy causwa causway"),
    ("Center", "ctr cen cent centr centre cnter cntr"), ("Centers", "ctrs"),
    ("Circle", "cir circ circl crcl crcle"), ("Circles", "cirs"), ("Cliff", "clf"), ("Cliffs", "clfs"),
    ("Club", "clb"), ("Common", "cmn"), ("Commons", "cmns"), ("Corner", "cor"), ("Corners", "cors"),
    ("Course", "crse"), ("Court", "ct crt"), ("Courts", "cts"), ("Cove", "cv"), ("Coves", "cvs"),
    ("Creek", "crk ck cr"), ("Crescent", "cres crsent crsnt crecent cresent crscnt"), ("Crest", "crst"),
    ("Crossing", "xing crssng crssing"), ("Crossroad", "xrd"), ("Crossroads", "xrds"), ("Curve", "curv"),
    ("Dale", "dl"), ("Dam", "dm"), ("Divide", "dv div dvd"), ("Drive", "dr driv drv"), ("Drives", "drs"),
    ("Estate", "est"), ("Estates", "ests"), ("Expressway", "expy exp expr express expw"),
    ("Extension", "ext extn extnsn"), ("Extensions", "exts"), ("Fall", ""), ("Falls", "fls"),
    ("Ferry", "fry frry"), ("Field", "fld"), ("Fields", "flds"), ("Flat", "flt"), ("Flats", "flts"),
    ("Ford", "frd"), ("Fords", "frds"), ("Forest", "frst forests"), ("Forge", "frg forg"),
    ("Forges", "frgs"), ("Fork", "frk"), ("Forks", "frks"), ("Fort", "ft frt"),
    ("Freeway", "fwy freewy frway frwy"), ("Garden", "gdn gardn grden grdn"), ("Gardens", "gdns grdns"),
    ("Gateway", "gtwy gatewy gatway gtway"), ("Glen", "gln"), ("Glens", "glns"), ("Green", "grn"),
    ("Greens", "grns"), ("Grove", "grv grov"), ("Groves", "grvs"), ("Harbor", "hbr harb harbr hrbor harbour"),
    ("Harbors", "hbrs"), ("Haven", "hvn havn"), ("Heights", "hts ht height hgts"),
    ("Highway", "hwy highwy hiway hiwy hway"), ("Hill", "hl"), ("Hills", "hls"),
    ("Hollow", "holw hllw hollows holws"), ("Inlet", "inlt"), ("Island", "is islnd"),
    ("Islands", "iss islnds"), ("Isle", "isles"), ("Junction", "jct jction jctn junctn juncton"),
    ("Junctions", "jcts jctns"), ("Key", "ky"), ("Keys", "kys"), ("Knoll", "knl knol"), ("Knolls", "knls"),
    ("Lake", "lk"), ("Lakes", "lks"), ("Land", ""), ("Landing", "lndg lndng"), ("Lane", "ln la lanes"),
    ("Light", "lgt"), ("Lights", "lgts"), ("Loaf", "lf"), ("Lock", "lck"), ("Locks", "lcks"),
    ("Lodge", "ldg ldge lodg"), ("Loop", "loops"), ("Mall", ""), ("Manor", "mnr"), ("Manors", "mnrs"),
    ("Meadow", "mdw"), ("Meadows", "mdws medows"), ("Mews", ""), ("Mill", "ml"), ("Mills", "mls"),
    ("Mission", "msn missn mssn"), ("Motorway", "mtwy"), ("Mount", "mt mnt"),
    ("Mountain", "mtn mntain mntn mountin mtin"), ("Mountains", "mtns mntns"), ("Neck", "nck"),
    ("Orchard", "orch orchrd"), ("Oval", "ovl"), ("Overpass", "opas"), ("Park", "prk pk"), ("Parks", ""),
    ("Parkway", "pkwy parkwy pkway pky"), ("Parkways", "pkwys"), ("Pass", ""), ("Passage", "psge"),
    ("Path", "paths"), ("Pike", "pikes"), ("Pine", "pne"), ("Pines", "pnes"), ("Place", "pl"),
    ("Plain", "pln"), ("Plains", "plns plaines"), ("Plaza", "plz plza"), ("Point", "pt"), ("Points", "pts"),
    ("Port", "prt"), ("Ports", "prts"), ("Prairie", "pr prr prarie"), ("Radial", "radl rad radiel"),
    ("Ramp", ""), ("Ranch", "rnch ranches rnchs"), ("Rapid", "rpd"), ("Rapids", "rpds"), ("Rest", "rst"),
    ("Ridge", "rdg rdge"), ("Ridges", "rdgs"), ("River", "riv rvr rivr"), ("Road", "rd"), ("Roads", "rds"),
    ("Route", "rte"), ("Row", ""), ("Rue", ""), ("Run", ""), ("Shoal", "shl"), ("Shoals", "shls"),
    ("Shore", "shr shoar"), ("Shores", "shrs shoars"), ("Skyway", "skwy"), ("Spring", "spg spng sprng"),
    ("Springs", "spgs spngs sprngs"), ("Spur", ""), ("Spurs", ""), ("Square", "sq sqr sqre squ"),
    ("Squares", "sqs sqrs"), ("Station", "sta statn stn"),
    ("Stravenue", "stra strav strave straven stravn strvn strvnue"), ("Stream", "strm streme"),
    ("Street", "st str strt"), ("Streets", "sts"), ("Summit", "smt sumit sumitt"), ("Terrace", "ter terr"),
    ("Throughway", "trwy"), ("Trace", "trce traces"), ("Track", "trak tracks trk trks"),
    ("Trafficway", "trfy"), ("Trail", "trl tr trails trls"), ("Trailer", "trlr trlrs"),
    ("Tunnel", "tunl tunel tunls tunnels tunnl"), ("Turnpike", "tpke trnpk turnpk tpk trpk"),
    ("Underpass", "upas"), ("Union", "un"), ("Unions", "uns"), ("Valley", "vly vally vlly"),
    ("Valleys", "vlys"), ("Viaduct", "via vdct viadct"), ("View", "vw"), ("Views", "vws"),
    ("Village", "vlg vill villag villg villiage"), ("Villages", "vlgs"), ("Ville", "vl"),
    ("Vista", "vis vist vst vsta"), ("Walk", ""), ("Walks", ""), ("Wall", ""), ("Way", "wy"), ("Ways", ""),
    ("Well", "wl"), ("Wells", "wls"),
];

/// The full word for a suffix as somebody writes it; `None` where Publication 28 has none.
pub(super) fn full_word(written: &str) -> Option<&'static str> {
    let key = written.trim_end_matches('.').to_ascii_lowercase();
    BY_SPELLING.get(key.as_str()).copied()
}

/// Every spelling in lower case, the full word among them.
static BY_SPELLING: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let words = |(full, spellings): &(&'static str, &str)| {
        let all = spellings.split(' ').filter(|word| !word.is_empty()).chain([*full]);
        all.map(|word| (word.to_ascii_lowercase(), *full)).collect::<Vec<_>>()
    };
    SUFFIXES.iter().flat_map(words).collect()
});

/// The abbreviation of a suffix, as USPS and providers write it: "St" for "Street"; `None` where
/// Publication 28 has none.
#[must_use]
pub fn abbreviation(written: &str) -> Option<String> {
    let full = full_word(written)?;
    let (_, spellings) = SUFFIXES.iter().find(|(known, _)| *known == full)?;
    let (initial, rest) = spellings.split(' ').next()?.split_at_checked(1)?;
    Some(format!("{}{rest}", initial.to_ascii_uppercase()))
}

#[cfg(test)]
#[test]
fn every_spelling_means_one_suffix() {
    for (full, spellings) in SUFFIXES {
        for written in spellings.split(' ').filter(|word| !word.is_empty()).chain([*full]) {
            assert_eq!(full_word(written), Some(*full), "{written}");
        }
    }
    assert_eq!(full_word("Ave."), Some("Avenue"));
    assert_eq!(full_word(""), None);
    assert_eq!(full_word("Strasse"), None);
    assert_eq!(abbreviation("boulevard").as_deref(), Some("Blvd"));
    assert_eq!(abbreviation("Mall"), None);
}
