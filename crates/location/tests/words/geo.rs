use proptest::prelude::*;
use rightdoor_location::geo::{Angle, Length, Position, Ring, Shape};
use rightdoor_location::lost::{Area, FindService, Location, Place, Profile};

fn any_position(altitude: bool) -> impl Strategy<Value = Position> {
    (-90.0..=90.0_f64, -180.0..=180.0_f64, -500.0..=9_000.0_f64)
        .prop_map(move |(lat, lon, up)| Position::new(lat, lon, altitude.then_some(up)).unwrap())
}

fn any_length() -> impl Strategy<Value = Length> {
    (0.0..=40_000_000.0_f64).prop_map(|metres| Length::new(metres).unwrap())
}

fn any_angle() -> impl Strategy<Value = Angle> {
    (-360.0..=360.0_f64).prop_map(|degrees| Angle::new(degrees).unwrap())
}

fn any_ring(altitude: bool) -> impl Strategy<Value = Ring> {
    proptest::collection::vec(any_position(altitude), 3..9).prop_map(|mut corners| {
        corners.push(*corners.first().unwrap());
        Ring::new(corners).unwrap()
    })
}

/// Any shape; those that are solids have an altitude, the others have one if it is asked for.
pub fn any_shape(altitude: bool) -> impl Strategy<Value = Shape> {
    let at = move || any_position(altitude);
    let flat = prop_oneof![
        at().prop_map(Shape::Point),
        any_ring(altitude).prop_map(Shape::Polygon),
        (at(), any_length()).prop_map(|(centre, radius)| Shape::Circle { centre, radius }),
        (at(), any_length(), any_length(), any_angle()).prop_map(
            |(centre, semi_major, semi_minor, orientation)| Shape::Ellipse {
                centre,
                semi_major,
                semi_minor,
                orientation
            }
        ),
        (at(), any_length(), any_length(), any_angle(), any_angle()).prop_map(
            |(centre, inner, outer, start, opening)| Shape::ArcBand { centre, inner, outer, start, opening }
        ),
    ];
    let solid = prop_oneof![
        (any_position(true), any_length()).prop_map(|(centre, radius)| Shape::Sphere { centre, radius }),
        (any_position(true), any_length(), any_length(), any_length(), any_angle()).prop_map(
            |(centre, semi_major, semi_minor, vertical, orientation)| Shape::Ellipsoid {
                centre,
                semi_major,
                semi_minor,
                vertical,
                orientation
            }
        ),
        (any_ring(true), any_length()).prop_map(|(base, height)| Shape::Prism { base, height }),
    ];
    if altitude { prop_oneof![flat, solid].boxed() } else { flat.boxed() }
}

/// A query about a shape in a profile that nobody knows, where three dimensions are allowed.
fn asked(shape: Shape) -> FindService {
    let profile = Profile::Other("solid".to_owned());
    FindService::about(Location { id: "a".to_owned(), area: Area { profile, place: Place::Geodetic(shape) } })
}

proptest! {
    #[test]
    fn a_shape_comes_back(shape in prop_oneof![any_shape(true), any_shape(false)]) {
        let query = asked(shape);
        prop_assert_eq!(FindService::parse(query.write().as_bytes()), Ok(query));
    }
}

#[test]
fn numbers_out_of_range_are_no_positions() {
    assert!(Position::new(90.1, 0.0, None).is_none());
    assert!(Position::new(0.0, -180.1, None).is_none());
    assert!(Position::new(f64::NAN, 0.0, None).is_none());
    assert!(Position::new(0.0, 0.0, Some(f64::INFINITY)).is_none());
    assert!(Length::new(-0.1).is_none() && Length::new(f64::NAN).is_none() && Angle::new(361.0).is_none());
    let at = |lat: f64| Position::new(lat, 1.0, None).unwrap();
    assert!(Ring::new(vec![at(1.0), at(2.0), at(1.0)]).is_none());
    assert!(Ring::new(vec![at(1.0), at(2.0), at(3.0), at(4.0)]).is_none());
    let high = Position::new(2.0, 1.0, Some(3.0)).unwrap();
    assert!(Ring::new(vec![at(1.0), high, at(3.0), at(1.0)]).is_none());
}

#[test]
fn debug_shows_no_coordinate() {
    let centre = Position::new(39.75, -104.99, None).unwrap();
    let shape = Shape::Circle { centre, radius: Length::new(30.0).unwrap() };
    let shown = format!("{shape:?} {centre:?} {:?}", asked(shape.clone()));
    assert!(!shown.contains("39") && !shown.contains("104") && shown.contains("Circle"), "{shown}");
}

/// A shape inside a query, as a stranger writes it.
fn read(shape: &str) -> Result<Shape, String> {
    let document = format!(
        "<findService xmlns='urn:ietf:params:xml:ns:lost1' xmlns:gml='http://www.opengis.net/gml' \
         xmlns:gs='http://www.opengis.net/pidflo/1.0'><location id='a' profile='geodetic-2d'>{shape}</location></findService>"
    );
    let query = FindService::parse(document.as_bytes()).map_err(|error| error.to_string())?;
    match query.locations.first().unwrap().area.place.clone() {
        Place::Geodetic(shape) => Ok(shape),
        other @ (Place::Civic(_) | Place::Unknown) => panic!("{other:?}"),
    }
}

#[test]
fn strangers_write_reference_systems_and_units_in_their_own_ways() {
    let at = Position::new(39.75, -104.99, None).unwrap();
    for name in [
        "urn:ogc:def:crs:EPSG::4326",
        "urn:ogc:def:crs:EPSG:4326",
        "urn:ogc:def::crs:EPSG::4326",
        "EPSG:4326",
    ] {
        let point = format!("<gml:Point srsName='{name}'><gml:pos> 39.75\n -104.99 </gml:pos></gml:Point>");
        assert_eq!(read(&point), Ok(Shape::Point(at)), "{name}");
    }
    assert_eq!(read("<gml:Point><gml:pos>39.75 -104.99</gml:pos></gml:Point>"), Ok(Shape::Point(at)));
    let radians = "<gs:Ellipse srsName='EPSG:4326'><gml:pos>0 0</gml:pos>\
        <gs:semiMajorAxis uom='urn:ogc:def:uom:EPSG::9001'>20</gs:semiMajorAxis>\
        <gs:semiMinorAxis uom='urn:ogc:def:uom:EPSG::9001'>10</gs:semiMinorAxis>\
        <gs:orientation uom='urn:ogc:def:uom:EPSG::9101'>3.141592653589793</gs:orientation></gs:Ellipse>";
    let Ok(Shape::Ellipse { orientation, .. }) = read(radians) else { panic!() };
    assert_eq!(orientation.degrees(), 180.0);
}

#[test]
fn bad_input_shapes_are_refused_with_the_element_named() {
    let circle = |inside: &str| format!("<gs:Circle srsName='EPSG:4326'>{inside}</gs:Circle>");
    let polygon = |list: &str| {
        format!(
            "<gml:Polygon srsName='EPSG:4326'><gml:exterior><gml:LinearRing><gml:posList>{list}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
        )
    };
    let far = "1 2 ".repeat(1001);
    for (shape, part) in [
        ("<gml:Point srsName='EPSG:3857'><gml:pos>1 2</gml:pos></gml:Point>".to_owned(), "EPSG 4326"),
        ("<gml:Point srsName='EPSG:4979'><gml:pos>1 2 3</gml:pos></gml:Point>".to_owned(), "EPSG 4326"),
        ("<gml:Point srsName='EPSG:4326'><gml:pos>1 2 3</gml:pos></gml:Point>".to_owned(), "`pos`"),
        ("<gml:Point srsName='EPSG:4326'><gml:pos>91 2</gml:pos></gml:Point>".to_owned(), "`pos`"),
        ("<gml:Point srsName='EPSG:4326'><gml:pos>nan 2</gml:pos></gml:Point>".to_owned(), "`pos`"),
        ("<gml:Point srsName='EPSG:4326'><gml:pos>1 inf</gml:pos></gml:Point>".to_owned(), "`pos`"),
        ("<gml:Point srsName='EPSG:4326'/>".to_owned(), "`Point` has no `pos`"),
        (circle("<gml:pos>1 2</gml:pos>"), "`Circle` has no `radius`"),
        (circle("<gml:pos>1 2</gml:pos><gs:radius>5</gs:radius>"), "`uom`"),
        (circle("<gml:pos>1 2</gml:pos><gs:radius uom='foot'>5</gs:radius>"), "metres"),
        (
            circle("<gml:pos>1 2</gml:pos><gs:radius uom='urn:ogc:def:uom:EPSG::9001'>-5</gs:radius>"),
            "metres",
        ),
        (polygon("1 2 3 4 1 2"), "`LinearRing`"),
        (polygon("1 2 3 4 5 6 7 8"), "`LinearRing`"),
        (polygon("1 2 3 4 5 6 1"), "`posList`"),
        (polygon(&far), "`posList`"),
    ] {
        let refused = read(&shape).unwrap_err();
        assert!(refused.contains(part) && refused.starts_with("line 1"), "{shape}: {refused}");
    }
}
