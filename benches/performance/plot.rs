//! A plot as SVG: panels of bars, their lengths on a logarithmic scale, for ratios reach from a fiftieth to ten. Its colours
//! follow the reader's choice of light or dark.

use std::fmt::Write;

use super::table::short;

/// One bar.
pub struct Bar {
    pub name: String,
    pub ratio: f64,
    /// Whether it is about this project.
    pub ours: bool,
}

/// Bars under a title.
pub struct Panel {
    pub title: String,
    pub bars: Vec<Bar>,
}

/// Where the scale begins and ends.
const SCALE: (f64, f64) = (0.02, 10.0);
const WIDTH: f64 = 760.0;
/// Where bars begin; names end a little before.
const LEFT: f64 = 280.0;
const BAR: f64 = 14.0;
const STEP: f64 = 20.0;
const TITLE: f64 = 26.0;
const GAP: f64 = 14.0;

/// The texts of every plot.
pub const THEME: &str = "\
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.name{text-anchor:end}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}}";
const STYLE: &str = "\
.other{fill:#8c959f}.ours{fill:#1a7f37}.one{stroke:#57606a;stroke-dasharray:3 3}\
@media(prefers-color-scheme:dark){.other{fill:#6e7681}.ours{fill:#3fb950}.one{stroke:#8b949e}}";

/// The panels below each other.
pub fn svg(panels: &[Panel]) -> String {
    let height: f64 = panels.iter().map(height_of).sum();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>What a token costs, in ratios; shorter is cheaper; the scale is logarithmic</title>\n<style>{THEME}{STYLE}</style>\n"
    );
    let mut top = 0.0;
    for panel in panels {
        draw(panel, top, &mut svg);
        top += height_of(panel);
    }
    svg + "</svg>\n"
}

fn height_of(panel: &Panel) -> f64 {
    #[allow(clippy::cast_precision_loss)] // a handful of bars
    let bars = panel.bars.len() as f64;
    TITLE + bars * STEP + GAP
}

/// How far from the left a ratio is.
fn place(ratio: f64) -> f64 {
    let (from, to) = (SCALE.0.ln(), SCALE.1.ln());
    let share = (ratio.clamp(SCALE.0, SCALE.1).ln() - from) / (to - from);
    LEFT + share * (WIDTH - LEFT - 50.0)
}

fn draw(panel: &Panel, top: f64, svg: &mut String) {
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{LEFT}\" y=\"{:.0}\">{}</text>",
        top + 17.0,
        panel.title
    );
    let mut y = top + TITLE;
    for bar in &panel.bars {
        let (class, length) = (
            if bar.ours { "ours" } else { "other" },
            (place(bar.ratio) - LEFT).max(1.0),
        );
        let baseline = y + BAR - 3.0;
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.0}\" y=\"{baseline:.0}\">{}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"{BAR}\"/>\
             <text x=\"{:.1}\" y=\"{baseline:.0}\">{}</text>",
            LEFT - 8.0,
            bar.name,
            LEFT + length + 6.0,
            short(bar.ratio),
        );
        y += STEP;
    }
    let _ = writeln!(
        svg,
        "<line class=\"one\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.0}\" y2=\"{2:.0}\"/>",
        place(1.0),
        top + TITLE - 4.0,
        y - STEP + BAR + 4.0
    );
}
