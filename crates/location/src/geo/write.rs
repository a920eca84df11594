use super::{Angle, Length, Position, Ring, Shape};
use crate::xml::{Writer, ns};

const METRE: &str = "urn:ogc:def:uom:EPSG::9001";
const DEGREE: &str = "urn:ogc:def:uom:EPSG::9102";

/// Writes the shape with the namespaces that it needs.
pub(crate) fn shape(out: &mut Writer, shape: &Shape) {
    let system =
        if shape.has_altitude() { "urn:ogc:def:crs:EPSG::4979" } else { "urn:ogc:def:crs:EPSG::4326" };
    let prefix = match shape {
        Shape::Point(_) | Shape::Polygon(_) => "gml",
        Shape::Circle { .. }
        | Shape::Ellipse { .. }
        | Shape::ArcBand { .. }
        | Shape::Sphere { .. }
        | Shape::Ellipsoid { .. }
        | Shape::Prism { .. } => "gs",
    };
    let mut attributes = vec![("xmlns:gml", ns::GML)];
    if prefix == "gs" {
        attributes.push(("xmlns:gs", ns::SHAPES));
    }
    attributes.push(("srsName", system));
    out.element(&format!("{prefix}:{}", shape.name()), &attributes, |out| inside(out, shape));
}

fn inside(out: &mut Writer, shape: &Shape) {
    match shape {
        Shape::Point(at) => pos(out, at),
        Shape::Polygon(ring) => exterior(out, ring),
        Shape::Circle { centre, radius } | Shape::Sphere { centre, radius } => {
            pos(out, centre);
            length(out, "radius", *radius);
        }
        Shape::Ellipse { centre, semi_major, semi_minor, orientation } => {
            pos(out, centre);
            length(out, "semiMajorAxis", *semi_major);
            length(out, "semiMinorAxis", *semi_minor);
            angle(out, "orientation", *orientation);
        }
        Shape::ArcBand { centre, inner, outer, start, opening } => {
            pos(out, centre);
            length(out, "innerRadius", *inner);
            length(out, "outerRadius", *outer);
            angle(out, "startAngle", *start);
            angle(out, "openingAngle", *opening);
        }
        Shape::Ellipsoid { centre, semi_major, semi_minor, vertical, orientation } => {
            pos(out, centre);
            length(out, "semiMajorAxis", *semi_major);
            length(out, "semiMinorAxis", *semi_minor);
            length(out, "verticalAxis", *vertical);
            angle(out, "orientation", *orientation);
        }
        Shape::Prism { base, height } => {
            out.element("gs:base", &[], |out| {
                out.element("gml:Polygon", &[], |out| exterior(out, base));
            });
            length(out, "height", *height);
        }
    }
}

fn exterior(out: &mut Writer, ring: &Ring) {
    out.element("gml:exterior", &[], |out| {
        out.element("gml:LinearRing", &[], |out| {
            let all: Vec<String> = ring.positions().iter().map(numbers).collect();
            out.text("gml:posList", &[], &all.join(" "));
        });
    });
}

fn pos(out: &mut Writer, at: &Position) {
    out.text("gml:pos", &[], &numbers(at));
}

fn numbers(at: &Position) -> String {
    let flat = format!("{} {}", at.latitude(), at.longitude());
    at.altitude().map_or(flat.clone(), |metres| format!("{flat} {metres}"))
}

fn length(out: &mut Writer, name: &str, length: Length) {
    out.text(&format!("gs:{name}"), &[("uom", METRE)], &length.metres().to_string());
}

fn angle(out: &mut Writer, name: &str, angle: Angle) {
    out.text(&format!("gs:{name}"), &[("uom", DEGREE)], &angle.degrees().to_string());
}
