//! The page around the plots.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::style::RGBColor;

use super::{
    chart::{Axis, COLORS, Chart, Series, Span, seconds},
    heat_map::{color, heat_map},
    key_table::key_table,
};
use crate::{
    config::RunConfig,
    drive::{PhaseResult, Run},
    failure::Failure,
    figures::{count, duration, grouped},
    latency::TIMED_ONE_IN,
    recording::Point,
    timeline::{Entry, What},
};

/// The page's look.
const STYLE: &str = include_str!("style.css");
/// The lines of the latency plot, in the order of their colours.
const LATENCIES: [&str; 4] = ["p50", "p99", "p99.9", "max"];

/// The whole page.
pub(crate) fn page(run: &Run, config: &RunConfig) -> Result<String, Failure> {
    let changes: Vec<f64> =
        run.timeline.entries().iter().filter(|entry| entry.is_change()).map(|entry| seconds(entry.at)).collect();
    let length = seconds(run.elapsed).max(f64::EPSILON);
    let plots = plots(run, length, &changes)?;
    let title = format!("autoshard: {}", config.title);
    Ok(framed(
        &title,
        html! {
            h1 { "autoshard" }
            p { (config.title) ", " (config.threads) " threads, " (format!("{length:.1}")) " s" }
            @if let Some(sentence) = config.time_scale.sentence() { p { (sentence) } }
            @if run.interrupted { p.bad { "Ended early by the user; the figures are of the part that ran." } }
            (results(run))
            h2 { "Diagnosis" }
            (diagnosis(run))
            (plots)
            h2 { "Phases and hot keys" }
            p.legend {
                "Dark band: the reported bounds; bar: the estimate; orange mark: the share by exact count in the phase. "
                "Estimates reach back into earlier phases unless a key that matters has moved."
            }
            @for (number, phase) in run.phases.iter().enumerate() { (phase_section(phase, number == 0)) }
            h2 { "Decisions and migrations" }
            (timeline(run))
        },
    ))
}

/// A whole page around what it shows.
pub(super) fn framed(title: &str, body: Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    markup.into_string()
}

fn results(run: &Run) -> Markup {
    let (least, most) = run.shards_range();
    let migrations = &run.telemetry.migrations;
    let latency = run.latency;
    let proof = &run.proof;
    html! {
        p class=(if proof.holds() { "good" } else { "bad" }) {
            "Lost updates: " (proof.lost_updates())
            " (expected " (grouped(proof.updates_expected)) ", found " (grouped(proof.updates_found)) "). "
            "Lost entries: " (proof.lost_entries()) ". "
            "Look-ups that missed a key that was there: " (proof.missed) "."
        }
        table {
            (row("operations", &format!("{}, {} a second", grouped(run.operations), count(run.throughput()))))
            (row("latency", &format!(
                "p50 {}, p99 {}, p99.9 {}, p99.99 {}, max {} (one operation in {TIMED_ONE_IN} timed)",
                duration(latency.p50), duration(latency.p99), duration(latency.p99_9), duration(latency.p99_99),
                duration(latency.max)
            )))
            (row("shards", &format!(
                "{} at first, {least} to {most}, {} at the end", run.shards_initial, run.telemetry.shards.len()
            )))
            (row("migrations", &format!(
                "{} started, {} completed, {} aborted; {} entries copied, {} dual writes, {} entries verified",
                migrations.started, migrations.completed, migrations.aborted, grouped(migrations.entries_copied),
                grouped(migrations.dual_writes), grouped(migrations.verified_entries)
            )))
            (row("longest exclusive hold", &duration(migrations.exclusive_hold_max.as_nanos() as u64)))
        }
    }
}

/// The worst that was seen in the run.
fn diagnosis(run: &Run) -> Markup {
    let diagnosis = &run.diagnosis;
    html! {
        @if diagnosis.is_healthy() { p { (diagnosis) } }
        @for finding in diagnosis.findings() {
            p { strong { (finding.condition) } ": " (finding) }
        }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th { (name) } td { (value) } } }
}

fn plots(run: &Run, length: f64, changes: &[f64]) -> Result<Markup, Failure> {
    let points = run.recording.points();
    let span = |phase: &PhaseResult| Span { name: phase.name.clone(), began: phase.began, length: phase.length };
    let phases: Vec<Span> = run.phases.iter().map(span).collect();
    let chart = |axis, label| Chart { seconds: length, phases: &phases, changes, axis, label };
    let series =
        |value: fn(&Point) -> f64| -> Series { points.iter().map(|point| (seconds(point.at), value(point))).collect() };
    let nanoseconds = |value: f64| duration(value as u64);
    let throughput = chart(Axis::Linear, count).draw(&[series(Point::throughput)])?;
    let shards = chart(Axis::Linear, count).draw(&[series(|point| point.shards as f64)])?;
    let latency = chart(Axis::Logarithmic, nanoseconds).draw(&[
        series(|point| point.latency.p50 as f64),
        series(|point| point.latency.p99 as f64),
        series(|point| point.latency.p99_9 as f64),
        series(|point| point.latency.max as f64),
    ])?;
    let loads = heat_map(points, length)?;
    Ok(html! {
        p.legend {
            "Shades behind the plots are phases: "
            @for (number, phase) in run.phases.iter().enumerate() {
                @if number > 0 { ", " }
                (phase.name) " from " (format!("{:.1}", seconds(phase.began))) " s"
            }
            ". Thin vertical lines are decisions that changed shards."
        }
        h2 { "Throughput, operations a second" } (PreEscaped(throughput))
        h2 { "Shards" } (PreEscaped(shards))
        h2 { "Latency" }
        p.legend {
            @for (name, color) in LATENCIES.iter().zip(COLORS) {
                span.swatch style=(format!("background:{}", css(color))) {} (name)
            }
        }
        (PreEscaped(latency))
        h2 { "Load per shard" }
        p.legend {
            "A row is a shard (or a few), in order of ids. Colour is load relative to an even share: "
            @for load in [0.0, 0.5, 1.0, 2.0, 3.0, 4.0] {
                span.swatch style=(format!("background:{}", css(color(load)))) {} (format!("{load} "))
            }
        }
        (PreEscaped(loads))
    })
}

pub(super) fn css(RGBColor(red, green, blue): RGBColor) -> String {
    format!("rgb({red},{green},{blue})")
}

fn phase_section(phase: &PhaseResult, is_first: bool) -> Markup {
    let rate = phase.operations as f64 / seconds(phase.length).max(f64::EPSILON);
    html! {
        h3 { (phase.name) }
        p {
            (format!("{:.1}", seconds(phase.began))) " s to " (format!("{:.1}", seconds(phase.began + phase.length))) " s, "
            (grouped(phase.operations)) " operations, " (count(rate)) " a second, " (phase.shards) " shards at its end"
        }
        @if phase.operations > 0 { (key_table(&phase.hot_keys, is_first)) }
    }
}

fn timeline(run: &Run) -> Markup {
    html! {
        table.timeline {
            tr { th { "at" } th { "what" } th { "why" } }
            @for entry in run.timeline.entries() {
                tr class=[class(entry)] {
                    td { (format!("{:.2} s", seconds(entry.at))) }
                    td { (entry.name()) }
                    td { (entry.reason()) }
                }
            }
        }
        @if run.timeline.missed() > 0 { p { (run.timeline.missed()) " events are not shown, for they came too fast." } }
    }
}

/// What sets an entry's look: what changed nothing, or only tells how a decision was carried out, stays in the back.
fn class(entry: &Entry) -> Option<&'static str> {
    match entry.what {
        What::Decision(_) if entry.is_change() => Some("change"),
        What::Decision(_) | What::Migration(_) => Some("hold"),
        What::Notice(..) => None,
    }
}
