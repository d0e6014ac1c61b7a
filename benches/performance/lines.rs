//! A plot as SVG: lines of time against number, both scales logarithmic. A line that is flat costs the same whatever the number;
//! one that climbs as steeply as the dashed lines costs as much more as there are more.

use std::fmt::Write;

use super::plot::THEME;

/// What a number of things takes.
pub struct Line {
    name: String,
    /// Number and microseconds.
    points: Vec<(f64, f64)>,
}

impl Line {
    /// A line without points.
    pub fn new(name: &str) -> Line {
        Line {
            name: name.to_owned(),
            points: Vec::new(),
        }
    }

    /// Adds the next number, with its microseconds.
    pub fn add(&mut self, number: u32, us: f64) {
        self.points.push((f64::from(number), us));
    }

    /// How much longer the last number takes than the one before; none for the first.
    pub fn last_factor(&self) -> Option<f64> {
        match self.points[..] {
            [.., (_, before), (_, last)] => Some(last / before),
            _ => None,
        }
    }
}

const NUMBERS: [(f64, &str); 5] = [(1.0, "1"), (1e1, "10"), (1e2, "100"), (1e3, "1,000"), (1e4, "10,000")];
const TIMES: [(f64, &str); 6] = [
    (1e2, "100 µs"),
    (1e3, "1 ms"),
    (1e4, "10 ms"),
    (1e5, "100 ms"),
    (1e6, "1 s"),
    (1e7, "10 s"),
];
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 380.0;
/// The corners of the field.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 340.0;
/// Between two names.
const STEP: f64 = 15.0;

const STYLE: &str = "\
.grid{stroke:#8c959f;stroke-opacity:.3}.slope{stroke:#8c959f;stroke-opacity:.6;stroke-dasharray:3 3}\
polyline{fill:none;stroke-width:2}path{stroke-dasharray:1 4}";
const COLOURS: [&str; 6] = ["#1a7f37", "#0969da", "#bc4c00", "#cf222e", "#8250df", "#bf8700"];

/// The lines in one field.
pub fn svg(lines: &[Line]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>How long a number of them takes; both scales are logarithmic</title>\n<style>{THEME}{STYLE}</style>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"18\">time for all of them, against their number</text>\n"
    );
    for (number, name) in NUMBERS {
        segment(&mut svg, "grid", (number, TIMES[0].0), (number, TIMES[5].0));
        let x = x(number);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{name}</text>",
            BOTTOM + 18.0
        );
    }
    for (us, name) in TIMES {
        segment(&mut svg, "grid", (1.0, us), (1e4, us));
        let baseline = y(us) + 4.0;
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.0}\" y=\"{baseline:.0}\">{name}</text>",
            LEFT - 8.0
        );
    }
    // Ten times as long for ten times as many.
    for us in [1e2, 1e3] {
        segment(&mut svg, "slope", (1.0, us), (1e4, us * 1e4));
    }
    let mut drawn: Vec<(&Line, &str, (f64, f64))> = lines
        .iter()
        .zip(COLOURS.into_iter().cycle())
        .filter_map(|(line, colour)| Some((line, colour, *line.points.last()?)))
        .collect();
    // Names from top to bottom, each beside the end of its line, or below the name before.
    drawn.sort_by(|(.., (_, one)), (.., (_, other))| other.total_cmp(one));
    let mut before = TOP - STEP;
    for (line, colour, end) in drawn {
        let points: Vec<String> = line
            .points
            .iter()
            .map(|(number, us)| format!("{:.1},{:.1}", x(*number), y(*us)))
            .collect();
        before = y(end.1).max(before + STEP);
        let _ = writeln!(
            svg,
            "<g style=\"stroke:{colour}\"><polyline points=\"{}\"/><path d=\"M{:.1} {:.1}L{RIGHT} {before:.1}\"/></g>\
             <text x=\"{:.0}\" y=\"{:.0}\" style=\"fill:{colour}\">{}</text>",
            points.join(" "),
            x(end.0),
            y(end.1),
            RIGHT + 8.0,
            before + 4.0,
            line.name
        );
    }
    svg + "</svg>\n"
}

fn segment(svg: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line class=\"{class}\" x1=\"{:.0}\" y1=\"{:.0}\" x2=\"{:.0}\" y2=\"{:.0}\"/>",
        x(from.0),
        y(from.1),
        x(to.0),
        y(to.1)
    );
}

fn x(number: f64) -> f64 {
    LEFT + number.log10() / 4.0 * (RIGHT - LEFT)
}

fn y(us: f64) -> f64 {
    BOTTOM - (us.log10() - 2.0) / 5.0 * (BOTTOM - TOP)
}
