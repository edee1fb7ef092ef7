//! All results as one page: no script, and nothing from elsewhere.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Row, Spread, Standing, Summary,
    plot::{Scale, bars},
    table::number,
};
use crate::{machine, transfer::Regime};

const STYLE: &str = "body { font: 14px sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: .1em .6em; text-align: right; }
td:first-child, th:first-child { text-align: left; } .lost { color: #b00020; } svg { max-width: 100%; height: auto; }";

/// What a cost that is a time ends in; times are drawn on a logarithmic scale.
const TIME_ENDING: &str = "_ns";

/// The page, or why there is none.
pub(crate) fn page(cells: &[Vec<Row>]) -> Result<String, String> {
    let summary = Summary::new(cells);
    let plots: Vec<Markup> = cells.iter().map(|rows| cell(rows)).collect::<Result<_, _>>()?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "autoshard beside other maps" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "autoshard beside other maps" }
                p { (machine::description()) }
                p { "Bars are medians, lines reach from the least to the greatest round. Rounds between which the machine changed "
                    "how long a cache line travels from core to core (near, far) are apart." }
                h2 { "Geometric means" }
                (means(&summary))
                h2 { "Cells, the worst first" }
                (standings(&summary))
                @if !summary.failures.is_empty() {
                    h2 { "Maps that failed" }
                    ul { @for failure in &summary.failures { li class="lost" { (failure) } } }
                }
                h2 { "Figures" }
                @for plot in &plots { (plot) }
            }
        }
    };
    Ok(page.into_string())
}

fn means(summary: &Summary) -> Markup {
    html! {
        table {
            tr { th { "cells" } th { "number" } th { "lost" } th { "× best peer" } th { "of the limit" } }
            @for means in summary.means() {
                tr {
                    td { (means.name) } td { (means.cells) } td { (means.lost) }
                    td { (format!("{:.2}", means.over_best_peer)) }
                    td { (means.of_limit.map_or("–".to_owned(), |part| format!("{part:.2}"))) }
                }
            }
        }
    }
}

fn standings(summary: &Summary) -> Markup {
    let row = |standing: &Standing| {
        html! {
            tr class=[standing.is_lost().then_some("lost")] {
                td { (standing.cell) ", " (standing.regime) } td { (standing.measure) }
                td { (number(standing.ours)) } td { (standing.best_peer) " " (number(standing.best)) }
                td { (format!("{:.2}", standing.over_best_peer)) }
                td { (standing.of_limit.map_or("–".to_owned(), |part| format!("{part:.2}"))) }
            }
        }
    };
    html! {
        table {
            tr { th { "cell" } th { "measure" } th { "ours" } th { "best peer" } th { "×" } th { "of the limit" } }
            @for standing in &summary.standings { (row(standing)) }
        }
    }
}

/// The plots of one cell.
fn cell(rows: &[Row]) -> Result<Markup, String> {
    let regimes: BTreeSet<Regime> = rows.iter().filter_map(|row| row.regime).collect();
    let mut plots = Vec::new();
    for regime in regimes {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.regime == Some(regime)).collect();
        let mops: Vec<(&Row, Spread)> = rows.iter().filter_map(|row| Some((*row, mops(row)?))).collect();
        plots.push(plot(regime, "millions of operations a second", &mops, Scale::Linear)?);
        let costs: BTreeSet<&String> = rows.iter().flat_map(|row| row.costs.keys()).collect();
        for name in costs {
            let spreads: Vec<(&Row, Spread)> =
                rows.iter().filter_map(|row| Some((*row, *row.costs.get(name)?))).collect();
            let is_positive = spreads.iter().all(|(_, spread)| spread.min > 0.0);
            let scale = if name.ends_with(TIME_ENDING) && is_positive { Scale::Logarithmic } else { Scale::Linear };
            plots.push(plot(regime, name, &spreads, scale)?);
        }
    }
    let title = rows.first().map(|row| row.cell.to_string()).unwrap_or_default();
    Ok(html! { h3 { (title) } @for plot in &plots { (plot) } })
}

fn plot(regime: Regime, title: &str, spreads: &[(&Row, Spread)], scale: Scale) -> Result<Markup, String> {
    if spreads.is_empty() {
        return Ok(html! {});
    }
    let svg = bars(spreads, scale)?;
    let scale = if scale == Scale::Logarithmic { " (logarithmic)" } else { "" };
    Ok(html! { h4 { (title) ", " (regime) (scale) } (PreEscaped(svg)) })
}

fn mops(row: &Row) -> Option<Spread> {
    Some(Spread { median: row.mops_median?, min: row.mops_min?, max: row.mops_max? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{rows, tests::result};

    #[test]
    fn the_page_stands_by_itself() {
        let mut result = result();
        result.measurements.iter_mut().for_each(|measurement| measurement.figures.cost("read_p99_ns", 120.0));
        let page = page(&[rows(&result)]).unwrap();
        for part in ["<svg", "dashmap", "autoshard", "it hung", "near", "far", "read_p99_ns"] {
            assert!(page.contains(part), "{part} is missing");
        }
        for part in ["<script", "<link", "src=", "href="] {
            assert!(!page.contains(part), "{part} needs something from elsewhere");
        }
    }
}
