//! Rows of the table, and the table.

use crate::Failure;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Where the table stands in the documentation: between these lines, which stay.
const BEGIN: &str = "<!-- table of make bench: begin -->\n";
const END: &str = "<!-- table of make bench: end -->\n";

/// What has to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Nothing: it is there to be compared with.
    Open,
}

/// One run of one measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) ours: f64,
    /// `None` where the target is a plain figure.
    pub(crate) yardstick: Option<f64>,
}

impl Run {
    fn judged(&self) -> f64 {
        self.ours / self.yardstick.unwrap_or(1.0)
    }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    measure: String,
    ours: String,
    yardstick: String,
    /// Median, and behind it the least and the most of all runs.
    ratio: String,
    target: String,
    met: &'static str,
}

impl Row {
    /// Of several runs: figures are medians, and the ratio is the median of the runs' ratios, not the ratio of the
    /// medians, because yardstick and service of one run met the same machine.
    pub(crate) fn of(measure: &str, unit: &str, runs: &[Run], target: Target) -> Self {
        let ours = sorted(runs.iter().map(|run| run.ours));
        let yardstick = sorted(runs.iter().filter_map(|run| run.yardstick));
        let judged = sorted(runs.iter().map(Run::judged));
        let (least, middle, most) = (judged[0], median(&judged), judged[judged.len() - 1]);
        let is_ratio = !yardstick.is_empty();
        let limit_of = |sign, limit| {
            format!("{sign} {limit}{}", if is_ratio { String::new() } else { format!(" {unit}") })
        };
        let (met, target) = match target {
            Target::AtLeast(limit) => (yes_or_no(middle >= limit), limit_of('≥', limit)),
            Target::AtMost(limit) => (yes_or_no(middle <= limit), limit_of('≤', limit)),
            Target::Open => ("–", "–".to_owned()),
        };
        let spread = |digits: usize| format!("{middle:.digits$} ({least:.digits$}–{most:.digits$})");
        Self {
            measure: measure.to_owned(),
            ours: if is_ratio { figure(median(&ours), unit) } else { format!("{} {unit}", spread(1)) },
            yardstick: if is_ratio { figure(median(&yardstick), unit) } else { "–".to_owned() },
            ratio: if is_ratio { spread(2) } else { "–".to_owned() },
            target,
            met,
        }
    }

    /// A line as `scripts/bench-jf --tsv` prints it: measure, ours, yardstick, ratio, target.
    pub(crate) fn of_tsv(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [measure, ours, yardstick, ratio, target, ..] = fields[..] else { return None };
        let value = first_number(ratio).or(first_number(ours));
        let met = match (value, first_number(target), target.starts_with('≥')) {
            (_, None, _) => "–",
            (Some(value), Some(limit), true) => yes_or_no(value >= limit),
            (Some(value), Some(limit), false) => yes_or_no(value <= limit),
            (None, Some(_), _) => "no",
        };
        let [measure, ours, yardstick, ratio, target] =
            [measure, ours, yardstick, ratio, target].map(str::to_owned);
        Some(Self { measure, ours, yardstick, ratio, target, met })
    }
}

fn yes_or_no(is_met: bool) -> &'static str {
    if is_met { "yes" } else { "no" }
}

/// The first number in a text.
fn first_number(text: &str) -> Option<f64> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let rest = &text[from..];
    let to = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    rest[..to].parse().ok()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        count if count.is_multiple_of(2) => sorted[count / 2 - 1].midpoint(sorted[count / 2]),
        count => sorted[count / 2],
    }
}

fn figure(value: f64, unit: &str) -> String {
    let digits = if value < 10.0 { 2 } else { 0 };
    format!("{value:.digits$} {unit}")
}

/// The table in Markdown.
pub(crate) fn table(rows: &[Row], machine: &str) -> String {
    let mut text = format!(
        "{machine}\n\n| Measure | Ours | Yardstick | Ratio, median (least–most) | Target | Met |\n\
         |---|--:|--:|--:|--:|---|\n"
    );
    for Row { measure, ours, yardstick, ratio, target, met } in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {measure} | {ours} | {yardstick} | {ratio} | {target} | {met} |");
    }
    text
}

/// Puts the table in the place of the one before in a file of the documentation.
pub(crate) fn write(table: &str, file: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(file)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the documentation has no place for the table")?;
    let (_, after) = rest.split_once(END).ok_or("the place for the table has no end")?;
    Ok(fs::write(file, format!("{before}{BEGIN}\n{table}\n{END}{after}"))?)
}
