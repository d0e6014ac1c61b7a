//! Where the figures go: onto stdout as they come; into a plot; and, when asked to, into docs/performance.md, between the two
//! marks that say so.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::lines::{self, Line};
use super::plot::{self, Panel};
use super::process::{Cost, Figure, Program};
use super::support::installed::root;
use super::table::Table;

/// The marks in docs/performance.md.
const MARKS: [&str; 2] = [
    "<!-- figures: written by cargo bench --bench performance -->\n",
    "<!-- /figures -->",
];

/// All that was measured.
pub struct Report {
    text: String,
    panels: Vec<Panel>,
    lines: Vec<Line>,
}

/// What is read off a process's cost.
type Reading = fn(&Cost) -> Figure;

impl Report {
    /// Nothing yet.
    pub fn new() -> Report {
        Report {
            text: String::new(),
            panels: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// A table under a heading. Goals go to stdout only.
    pub fn table(&mut self, title: &str, table: &Table) {
        let section = format!("### {title}\n\n{}\n", table.markdown());
        println!("{section}{}", table.goals());
        let _ = write!(self.text, "{section}");
    }

    /// What whole processes take, as bars.
    pub fn plot_processes(&mut self, programs: &[Program], costs: &[Cost]) {
        let panels: [(&str, Reading); 3] = [
            ("one token, whole process: wall time", |cost| cost.wall),
            ("CPU time", |cost| cost.cpu),
            ("peak memory", |cost| cost.memory),
        ];
        for (title, figure) in panels {
            let bars = programs.iter().zip(costs).map(|(program, cost)| plot::Bar {
                name: program.name.replace('`', ""),
                ratio: figure(cost).ratio,
                ours: program.name.starts_with("`spotify-token "),
            });
            self.panels.push(Panel {
                title: format!("{title}, of curl's"),
                bars: bars.collect(),
            });
        }
    }

    /// What a call from memory costs with several threads, as bars.
    pub fn plot_threads(&mut self, rows: impl IntoIterator<Item = (String, [f64; 3])>) {
        let rows: Vec<_> = rows.into_iter().collect();
        for (at, threads) in ["1 thread", "2 threads", "8 threads"].into_iter().enumerate() {
            let bars = rows.iter().map(|(name, ratios)| plot::Bar {
                name: name.clone(),
                ratio: ratios[at],
                ours: ["authorization", "token+clear"].contains(&name.as_str()),
            });
            self.panels.push(Panel {
                title: format!("one call from memory, {threads}, of rwlock+strdup's"),
                bars: bars.collect(),
            });
        }
    }

    /// What a number of things takes, as lines.
    pub fn plot_growth(&mut self, lines: Vec<Line>) {
        self.lines = lines;
    }

    /// Draws the plots. Where everything was measured and SPOTIFY_TOKEN_RENEW is set, docs/ gets it all.
    pub fn finish(&self, complete: bool) {
        let renew = complete && std::env::var_os("SPOTIFY_TOKEN_RENEW").is_some();
        let docs = root().join("docs");
        let plots = if renew {
            let page = docs.join("performance.md");
            let text = fs::read_to_string(&page).unwrap();
            let (before, rest) = text.split_once(MARKS[0]).expect("the first mark");
            let (_, after) = rest.split_once(MARKS[1]).expect("the second mark");
            let figures = self.text.trim_end();
            fs::write(&page, format!("{before}{}\n{figures}\n\n{}{after}", MARKS[0], MARKS[1])).unwrap();
            docs
        } else {
            PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        };
        let drawn = [
            ("performance.svg", plot::svg(&self.panels)),
            ("growth.svg", lines::svg(&self.lines)),
        ];
        for (name, svg) in drawn {
            let plot = plots.join(name);
            fs::write(&plot, svg).unwrap();
            println!("plot: {}", plot.display());
        }
    }
}
