//! The results as JSON. Fields are only ever added, at the end.

use std::collections::BTreeMap;

use autoshard::{Finding, telemetry::DecisionRecord};
use serde::Serialize;

use crate::{
    drive::{PhaseResult, Run},
    hot_keys::{Agreement, ExactKey, ReportedKey},
    latency::Percentiles,
    timeline::Entry,
};

/// The document that `--json` writes.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    operations: u64,
    seconds: f64,
    throughput_ops_per_s: f64,
    lost_updates: u64,
    latency_ns: Percentiles,
    shards: Shards,
    migrations: Migrations,
    /// As reported at the end of the last phase that had any load.
    hot_keys: Vec<HotKey>,
    decisions: Vec<Decision>,
    updates_expected: u64,
    updates_found: u64,
    lost_entries: u64,
    missed_lookups: u64,
    interrupted: bool,
    /// With a trace only.
    #[serde(skip_serializing_if = "Option::is_none")]
    hot_keys_exact: Option<Vec<Exact>>,
    /// With a trace only.
    #[serde(skip_serializing_if = "Option::is_none")]
    hot_keys_agreement: Option<HotKeysAgreement>,
    phases: Vec<Phase>,
    telemetry_schema_version: u32,
    biases: Biases,
    /// Of each condition the strongest finding of the run, worst first.
    diagnosis: Vec<DiagnosisFinding>,
}

#[derive(Debug, Serialize)]
struct DiagnosisFinding {
    condition: &'static str,
    evidence: String,
    remedy: String,
    figures: BTreeMap<&'static str, f64>,
}

impl From<&Finding> for DiagnosisFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            condition: finding.condition.name(),
            evidence: finding.evidence.clone(),
            remedy: finding.remedy.clone(),
            figures: finding.figures.iter().map(|figure| (figure.name, figure.value)).collect(),
        }
    }
}

/// Shards at the end by the modes of their locks, and how often shards were given another.
#[derive(Debug, Serialize)]
struct Biases {
    neutral: u32,
    fenced: u32,
    asymmetric: u32,
    owned: u32,
    changes: u64,
}

#[derive(Debug, Serialize)]
struct Shards {
    initial: usize,
    min: usize,
    max: usize,
    r#final: usize,
}

#[derive(Debug, Serialize)]
struct Migrations {
    started: u64,
    completed: u64,
    aborted: u64,
    entries_copied: u64,
    dual_writes: u64,
    verified_entries: u64,
    exclusive_hold_ns_max: u64,
}

#[derive(Debug, Serialize)]
struct HotKey {
    key: String,
    share: f64,
    share_lower: f64,
    share_upper: f64,
    read_share: f64,
    hot: bool,
    share_exact: Option<f64>,
    hash: String,
}

impl From<&ReportedKey> for HotKey {
    fn from(reported: &ReportedKey) -> Self {
        Self {
            key: reported.name.clone(),
            share: reported.share,
            share_lower: reported.share_lower,
            share_upper: reported.share_upper,
            read_share: reported.read_share,
            hot: reported.hot,
            share_exact: reported.share_exact,
            hash: reported.hash.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Exact {
    key: String,
    share: f64,
    reported: bool,
}

impl From<&ExactKey> for Exact {
    fn from(exact: &ExactKey) -> Self {
        Self { key: exact.name.clone(), share: exact.share, reported: exact.is_reported }
    }
}

#[derive(Debug, Serialize)]
struct HotKeysAgreement {
    exact_among_reported: usize,
    exact_compared: usize,
    shares_within_bounds: usize,
    shares_compared: usize,
}

#[derive(Debug, Serialize)]
struct Decision {
    at_ms: u64,
    action: &'static str,
    reason: String,
    cause: &'static str,
    shards: u32,
}

#[derive(Debug, Serialize)]
struct Phase {
    name: String,
    began_ms: u64,
    seconds: f64,
    operations: u64,
    shards_final: usize,
    hot_keys: Vec<HotKey>,
}

impl From<&PhaseResult> for Phase {
    fn from(phase: &PhaseResult) -> Self {
        Self {
            name: phase.name.clone(),
            began_ms: phase.began.as_millis() as u64,
            seconds: phase.length.as_secs_f64(),
            operations: phase.operations,
            shards_final: phase.shards,
            hot_keys: phase.hot_keys.iter().map(HotKey::from).collect(),
        }
    }
}

impl Document {
    /// Of a run.
    pub(crate) fn of(run: &Run, is_trace: bool) -> Self {
        let migrations = &run.telemetry.migrations;
        let biases = run.telemetry.biases;
        let (min, max) = run.shards_range();
        let last = run.last_busy_phase();
        let of_trace = last.filter(|_| is_trace);
        Self {
            operations: run.operations,
            seconds: run.elapsed.as_secs_f64(),
            throughput_ops_per_s: run.throughput(),
            lost_updates: run.proof.lost_updates(),
            latency_ns: run.latency,
            shards: Shards { initial: run.shards_initial, min, max, r#final: run.telemetry.shards.len() },
            migrations: Migrations {
                started: migrations.started,
                completed: migrations.completed,
                aborted: migrations.aborted,
                entries_copied: migrations.entries_copied,
                dual_writes: migrations.dual_writes,
                verified_entries: migrations.verified_entries,
                exclusive_hold_ns_max: migrations.exclusive_hold_max.as_nanos() as u64,
            },
            hot_keys: last.map_or_else(Vec::new, |phase| phase.hot_keys.iter().map(HotKey::from).collect()),
            decisions: decisions(run),
            updates_expected: run.proof.updates_expected,
            updates_found: run.proof.updates_found,
            lost_entries: run.proof.lost_entries(),
            missed_lookups: run.proof.missed,
            interrupted: run.interrupted,
            hot_keys_exact: of_trace.map(|phase| phase.hot_keys_exact.iter().map(Exact::from).collect()),
            hot_keys_agreement: of_trace.map(agreement),
            phases: run.phases.iter().map(Phase::from).collect(),
            telemetry_schema_version: run.telemetry.schema_version,
            biases: Biases {
                neutral: biases.neutral,
                fenced: biases.fenced,
                asymmetric: biases.asymmetric,
                owned: biases.owned,
                changes: run.telemetry.tuner.bias_changes,
            },
            diagnosis: run.diagnosis.findings().iter().map(DiagnosisFinding::from).collect(),
        }
    }
}

fn decisions(run: &Run) -> Vec<Decision> {
    let decision = |entry: &Entry| {
        let DecisionRecord { action, cause, reason, shards, .. } = entry.decision()?.clone();
        Some(Decision { at_ms: entry.at.as_millis() as u64, action, reason, cause, shards })
    };
    run.timeline.entries().iter().filter_map(decision).collect()
}

fn agreement(phase: &PhaseResult) -> HotKeysAgreement {
    let Agreement { agreeing, within, bounded } = Agreement::of(&phase.hot_keys, &phase.hot_keys_exact);
    HotKeysAgreement {
        exact_among_reported: agreeing,
        exact_compared: phase.hot_keys_exact.len(),
        shares_within_bounds: within,
        shares_compared: bounded,
    }
}
