//! The summary for people, after the run.

use std::{collections::HashSet, fmt::Write};

use crate::{
    drive::Run,
    figures::{count, duration, grouped, share},
    hot_keys::{Agreement, COMPARED, ReportedKey},
    latency::TIMED_ONE_IN,
    timeline::Entry,
};

/// Hot keys shown of each phase.
const KEYS_SHOWN: usize = 3;
/// Decisions shown; the reports have all.
const DECISIONS_SHOWN: usize = 30;
/// Said of an exact share outside the bounds.
const OUTSIDE: &str = " (OUTSIDE the bounds)";
/// Said of it where the load was another before: bounds are for all accesses that the store remembers, and it forgets
/// at once only when a key that matters moves.
const LATE: &str = " in this phase (the bounds reach back into the one before)";

/// The whole summary.
pub(crate) fn summary(run: &Run, is_trace: bool) -> String {
    let mut text = String::from("\n");
    // Writing to a String cannot fail.
    let _ = figures(&mut text, run);
    let _ = if is_trace { trace_keys(&mut text, run) } else { phase_keys(&mut text, run) };
    let _ = decisions(&mut text, run);
    let _ = diagnosis(&mut text, run);
    let _ = proof(&mut text, run);
    text
}

fn figures(text: &mut String, run: &Run) -> std::fmt::Result {
    if run.interrupted {
        writeln!(text, "ended early by the user; the figures are of the part that ran")?;
    }
    let latency = run.latency;
    let (least, most) = run.shards_range();
    let migrations = &run.telemetry.migrations;
    writeln!(
        text,
        "operations   {} in {:.1} s: {} a second",
        grouped(run.operations),
        run.elapsed.as_secs_f64(),
        count(run.throughput())
    )?;
    writeln!(
        text,
        "latency      p50 {}, p99 {}, p99.9 {}, p99.99 {}, max {} (one operation in {TIMED_ONE_IN} timed)",
        duration(latency.p50),
        duration(latency.p99),
        duration(latency.p99_9),
        duration(latency.p99_99),
        duration(latency.max)
    )?;
    writeln!(
        text,
        "shards       {} at first, {least} to {most}, {} at the end",
        run.shards_initial,
        run.telemetry.shards.len()
    )?;
    let biases = run.telemetry.biases;
    writeln!(
        text,
        "locks        {} neutral, {} fenced, {} asymmetric, {} owned at the end; {} changes",
        biases.neutral,
        biases.fenced,
        biases.asymmetric,
        biases.owned,
        grouped(run.telemetry.tuner.bias_changes)
    )?;
    writeln!(
        text,
        "migrations   {} started, {} completed, {} aborted; {} entries copied, {} dual writes, {} entries verified; \
         longest exclusive hold {}",
        migrations.started,
        migrations.completed,
        migrations.aborted,
        grouped(migrations.entries_copied),
        grouped(migrations.dual_writes),
        grouped(migrations.verified_entries),
        duration(migrations.exclusive_hold_max.as_nanos() as u64)
    )
}

fn phase_keys(text: &mut String, run: &Run) -> std::fmt::Result {
    writeln!(text, "\nphases")?;
    for (number, phase) in run.phases.iter().enumerate() {
        writeln!(
            text,
            "  {:14} {:>7} op/s, {:>4} shards at its end",
            phase.name,
            count(phase.operations as f64 / phase.length.as_secs_f64().max(f64::EPSILON)),
            phase.shards
        )?;
        if phase.operations > 0 {
            let outside = if number == 0 { OUTSIDE } else { LATE };
            phase.hot_keys.iter().take(KEYS_SHOWN).try_for_each(|hot| key(text, hot, outside))?;
        }
    }
    Ok(())
}

fn key(text: &mut String, hot: &ReportedKey, outside: &str) -> std::fmt::Result {
    let exact = hot.share_exact.map_or_else(String::new, |exact| format!(", exactly {}", share(exact)));
    let outside = if hot.is_within_bounds() == Some(false) { outside } else { "" };
    writeln!(
        text,
        "    {}: {} ({} to {}){exact}{outside}, {:.0} % reads",
        // Decisions name a key by its hash: the tuner knows no more of it.
        if hot.hot { format!("hot key {} (hash {})", hot.name, hot.hash) } else { format!("top key {}", hot.name) },
        share(hot.share),
        share(hot.share_lower),
        share(hot.share_upper),
        100.0 * hot.read_share
    )
}

fn trace_keys(text: &mut String, run: &Run) -> std::fmt::Result {
    let Some(phase) = run.last_busy_phase() else { return Ok(()) };
    writeln!(text, "\nmost frequent keys, as reported")?;
    phase.hot_keys.iter().take(COMPARED).try_for_each(|hot| key(text, hot, OUTSIDE))?;
    writeln!(text, "by exact count")?;
    for exact in &phase.hot_keys_exact {
        let seen = if exact.is_reported { "" } else { " (not among the reported)" };
        writeln!(text, "    key {}: {}{seen}", exact.name, share(exact.share))?;
    }
    let Agreement { agreeing, within, bounded } = Agreement::of(&phase.hot_keys, &phase.hot_keys_exact);
    writeln!(
        text,
        "{agreeing} of the {} most frequent keys are among the first {COMPARED} reported; {within} of {bounded} true shares \
         lie within the reported bounds",
        phase.hot_keys_exact.len()
    )
}

/// What changed, and the reasons for holding: the last of each cause.
fn decisions(text: &mut String, run: &Run) -> std::fmt::Result {
    let entries = run.timeline.entries();
    let told: Vec<&Entry> = entries.iter().filter(|entry| !entry.is_migration() && !entry.is_hold()).collect();
    let hidden = told.len().saturating_sub(DECISIONS_SHOWN);
    writeln!(text, "\ndecisions")?;
    if hidden > 0 {
        writeln!(text, "  … {hidden} earlier ones: see --json or --html")?;
    }
    told[hidden..].iter().try_for_each(|entry| writeln!(text, "  {}", entry.line()))?;
    let tuner = &run.telemetry.tuner;
    writeln!(text, "  of {} windows, {} changed nothing; the last reason of each kind:", tuner.windows, tuner.holds)?;
    let mut causes = HashSet::new();
    let mut holds: Vec<&Entry> = entries.iter().rev().filter(|entry| entry.is_hold()).collect();
    holds.retain(|hold| causes.insert(hold.decision().map(|record| record.cause)));
    holds.iter().rev().try_for_each(|hold| writeln!(text, "  {}", hold.line()))?;
    let missed = run.timeline.missed();
    if missed > 0 { writeln!(text, "  {missed} events are not shown, for they came too fast") } else { Ok(()) }
}

/// What was wrong at any time of the run.
fn diagnosis(text: &mut String, run: &Run) -> std::fmt::Result {
    writeln!(text, "\ndiagnosis, of the worst that was seen")?;
    run.diagnosis.to_string().lines().try_for_each(|line| writeln!(text, "  {line}"))
}

fn proof(text: &mut String, run: &Run) -> std::fmt::Result {
    let proof = &run.proof;
    writeln!(
        text,
        "\nlost updates: {} (expected {}, found {})",
        proof.lost_updates(),
        grouped(proof.updates_expected),
        grouped(proof.updates_found)
    )?;
    writeln!(
        text,
        "lost entries: {} (expected {}, found {}, counted {}); look-ups that missed a key that was there: {}",
        proof.lost_entries(),
        grouped(proof.entries_expected),
        grouped(proof.entries_found),
        grouped(proof.entries_counted),
        proof.missed
    )
}
