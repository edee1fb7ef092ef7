//! The page of a simulated run.

use std::time::Duration;

use autoshard_tuning::simulator::{Evaluation, WindowRecord};
use maud::{Markup, PreEscaped, html};

use super::{
    chart::{Axis, COLORS, Chart, Series, Span, seconds},
    page::{css, framed},
};
use crate::{
    failure::Failure,
    figures::count,
    simulate::{GOOD, Simulated, Subject},
};

/// The whole page.
pub(crate) fn page(subject: &Subject, simulated: &Simulated) -> Result<String, Failure> {
    let Subject { machine, workload, threads, .. } = subject;
    let plots = plots(subject, simulated)?;
    let title = format!("autoshard, simulated: {}", workload.name);
    Ok(framed(
        &title,
        html! {
            h1 { "autoshard, simulated" }
            p {
                (workload.name) ", " (threads) " threads on " (machine.cores) " cores in " (machine.sockets)
                " socket(s), " (machine.near_ns) " ns from core to core. Nothing here was measured."
            }
            (scores(subject, &simulated.evaluation))
            (plots)
            h2 { "Decisions" }
            (decisions(&simulated.run.windows))
        },
    ))
}

fn scores(subject: &Subject, evaluation: &Evaluation) -> Markup {
    let busy = subject.workload.phases.iter().filter(|phase| phase.traffic.is_some());
    html! {
        h2 { "Throughput once settled, as a part of what the best fixed number of shards comes to" }
        table {
            tr { th { "phase" } @for score in &evaluation.scores { th { (score.strategy) } } }
            @for (index, phase) in busy.enumerate() {
                tr {
                    th { (phase.name) }
                    @for score in &evaluation.scores {
                        td class=(if score.over_best[index] >= GOOD { "good" } else { "bad" }) {
                            (format!("{:.2}", score.over_best[index]))
                        }
                    }
                }
            }
        }
    }
}

fn plots(subject: &Subject, simulated: &Simulated) -> Result<Markup, Failure> {
    let windows = &simulated.run.windows;
    let length = windows.last().map_or(1.0, |window| seconds(window.at));
    let mut began = Duration::ZERO;
    let spans = subject.workload.phases.iter().map(|phase| {
        let span = Span { name: phase.name.clone(), began, length: phase.length };
        began += phase.length;
        span
    });
    let spans: Vec<Span> = spans.collect();
    let changes: Vec<f64> =
        windows.iter().filter(|window| window.action != "hold").map(|window| seconds(window.at)).collect();
    let chart = Chart { seconds: length, phases: &spans, changes: &changes, axis: Axis::Linear, label: count };
    let series = |value: fn(&WindowRecord) -> f64| -> Series {
        windows.iter().map(|window| (seconds(window.at), value(window))).collect()
    };
    let best = windows.iter().map(|window| (seconds(window.at), 1e6 * best_of(&simulated.evaluation, window.phase)));
    let throughput = chart.draw(&[series(|window| 1e6 * window.mops), best.collect()])?;
    let shards = chart.draw(&[series(|window| window.shards as f64)])?;
    Ok(html! {
        h2 { "Throughput, operations a second" }
        p.legend {
            @for (name, color) in ["the store", "the best fixed number of shards"].iter().zip(COLORS) {
                span.swatch style=(format!("background:{}", css(color))) {} (name)
            }
        }
        (PreEscaped(throughput))
        h2 { "Shards" } (PreEscaped(shards))
    })
}

fn best_of(evaluation: &Evaluation, phase: usize) -> f64 {
    evaluation.fixed.iter().filter(|fixed| fixed.phase == phase).map(|fixed| fixed.mops).fold(0.0, f64::max)
}

fn decisions(windows: &[WindowRecord]) -> Markup {
    html! {
        table.timeline {
            tr { th { "at" } th { "what" } th { "why" } }
            @for window in windows.iter().filter(|window| window.action != "hold" || window.reason.is_some()) {
                tr class=(if window.action == "hold" { "hold" } else { "change" }) {
                    td { (format!("{:.1} s", seconds(window.at))) }
                    td { (window.action) }
                    td { (window.reason.as_deref().unwrap_or("as before")) }
                }
            }
        }
    }
}
