use roxmltree::Node;

use super::{Angle, Length, Position, Ring, Shape};
use crate::xml::{Reader, XmlError, find_children, line, ns};

/// The first shape among an element's children, if there is one; unknown elements are skipped.
pub(crate) fn find(parent: Reader<'_, '_>) -> Result<Option<Shape>, XmlError> {
    for child in parent.0.children().filter(Node::is_element) {
        if let Some(found) = shape(Reader(child))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The shape that this element is; `None` where it is none of RFC 5491's.
pub(crate) fn shape(element: Reader<'_, '_>) -> Result<Option<Shape>, XmlError> {
    let tag = element.0.tag_name();
    Ok(Some(match (tag.namespace(), tag.name()) {
        (Some(ns::GML), "Point") => Shape::Point(centre(element)?),
        (Some(ns::GML), "Polygon") => Shape::Polygon(polygon(element)?),
        (Some(ns::SHAPES), "Circle") => {
            Shape::Circle { centre: centre(element)?, radius: length(element, "radius")? }
        }
        (Some(ns::SHAPES), "Ellipse") => Shape::Ellipse {
            centre: centre(element)?,
            semi_major: length(element, "semiMajorAxis")?,
            semi_minor: length(element, "semiMinorAxis")?,
            orientation: angle(element, "orientation")?,
        },
        (Some(ns::SHAPES), "ArcBand") => Shape::ArcBand {
            centre: centre(element)?,
            inner: length(element, "innerRadius")?,
            outer: length(element, "outerRadius")?,
            start: angle(element, "startAngle")?,
            opening: angle(element, "openingAngle")?,
        },
        (Some(ns::SHAPES), "Sphere") => {
            Shape::Sphere { centre: centre(element)?, radius: length(element, "radius")? }
        }
        (Some(ns::SHAPES), "Ellipsoid") => Shape::Ellipsoid {
            centre: centre(element)?,
            semi_major: length(element, "semiMajorAxis")?,
            semi_minor: length(element, "semiMinorAxis")?,
            vertical: length(element, "verticalAxis")?,
            orientation: angle(element, "orientation")?,
        },
        (Some(ns::SHAPES), "Prism") => {
            let base = element.required(ns::SHAPES, "base")?.required(ns::GML, "Polygon")?;
            Shape::Prism { base: polygon(base)?, height: length(element, "height")? }
        }
        // Documents from before RFC 5491 wrap the shape (RFC 4119 section 2.2.1), and so does RFC 6442.
        (Some(ns::GML), "location") => return find(element),
        _ => return Ok(None),
    }))
}

/// How many numbers a position has: what the nearest `srsName` says (RFC 5491 section 5).
fn dimensions(element: Reader<'_, '_>) -> Result<Option<usize>, XmlError> {
    let named = element.0.ancestors().find(|node| node.has_attribute("srsName"));
    let Some(named) = named else { return Ok(None) };
    let name = named.attribute("srsName").unwrap_or_default().trim();
    // RFC 5222's own examples write `urn:ogc:def::crs:EPSG::4326` and `EPSG:4326`.
    let code = name.rsplit_once(':').filter(|(start, _)| start.to_ascii_uppercase().contains("EPSG"));
    match code.map(|(_, code)| code) {
        Some("4326") => Ok(Some(2)),
        Some("4979") => Ok(Some(3)),
        _ => Err(XmlError::UnknownReferenceSystem { line: line(named) }),
    }
}

fn centre(element: Reader<'_, '_>) -> Result<Position, XmlError> {
    let holder = match element.child(ns::GML, "pointProperty")? {
        Some(property) => property.required(ns::GML, "Point")?,
        None => element,
    };
    let pos = holder.required(ns::GML, "pos")?;
    match *positions(pos, 1)? {
        [one] => Ok(one),
        _ => Err(pos.bad("write one position, latitude first")),
    }
}

fn polygon(element: Reader<'_, '_>) -> Result<Ring, XmlError> {
    let ring = element.required(ns::GML, "exterior")?.required(ns::GML, "LinearRing")?;
    let mut all = Vec::new();
    if let Some(list) = ring.child(ns::GML, "posList")? {
        all = positions(list, Ring::MOST)?;
    } else {
        for pos in find_children(ring.0, ns::GML, "pos").map(Reader) {
            all.append(&mut positions(pos, 1)?);
        }
    }
    Ring::new(all).ok_or_else(|| ring.bad("give at least four positions, the last equal to the first"))
}

/// The numbers of a `pos` or `posList`, in groups as the reference system says.
fn positions(element: Reader<'_, '_>, most: usize) -> Result<Vec<Position>, XmlError> {
    let text = element.text()?;
    let words: Vec<&str> = text.split(' ').collect();
    let size = match dimensions(element)? {
        Some(size) => size,
        // Nothing else than WGS 84 is allowed here, so a lone position says itself what it is.
        None if words.len() == 3 && most == 1 => 3,
        None => 2,
    };
    if words.len() > most.saturating_mul(size) {
        return Err(element.bad("give as many numbers as the reference system has, and fewer positions"));
    }
    let groups = words.chunks(size).map(|group| {
        let numbers: Vec<f64> = group.iter().map_while(|word| word.parse().ok()).collect();
        match *numbers {
            [latitude, longitude] if size == 2 => Position::new(latitude, longitude, None),
            [latitude, longitude, altitude] if size == 3 => {
                Position::new(latitude, longitude, Some(altitude))
            }
            _ => None,
        }
    });
    let fix = "write decimal degrees, latitude first, and metres of altitude only with EPSG 4979";
    groups.collect::<Option<Vec<_>>>().ok_or_else(|| element.bad(fix))
}

fn length(parent: Reader<'_, '_>, name: &'static str) -> Result<Length, XmlError> {
    let element = parent.required(ns::SHAPES, name)?;
    let metres = measure(element, &["9001"], "metre")?.map(|(number, _)| number);
    metres
        .and_then(Length::new)
        .ok_or_else(|| element.bad("write metres with uom urn:ogc:def:uom:EPSG::9001"))
}

fn angle(parent: Reader<'_, '_>, name: &'static str) -> Result<Angle, XmlError> {
    let element = parent.required(ns::SHAPES, name)?;
    let found = measure(element, &["9102", "9101"], "degree")?;
    let degrees = found.map(|(number, unit)| if unit == 1 { number.to_degrees() } else { number });
    let fix = "write degrees with uom urn:ogc:def:uom:EPSG::9102, or radians with 9101";
    degrees.and_then(Angle::new).ok_or_else(|| element.bad(fix))
}

/// The number, and which of `units` it is in. A unit that is not known would be a guess.
fn measure(element: Reader<'_, '_>, units: &[&str], word: &str) -> Result<Option<(f64, usize)>, XmlError> {
    let uom = element.required_attribute("uom")?;
    let code = uom.rsplit(':').next().unwrap_or_default();
    let unit = units.iter().position(|unit| *unit == code).or((uom == word).then_some(0));
    let number = element.text()?.parse().ok();
    Ok(number.zip(unit))
}
