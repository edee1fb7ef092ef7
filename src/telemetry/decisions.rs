//! The log of decisions that a snapshot shows.
#![forbid(unsafe_code)]

use std::{collections::VecDeque, time::Duration};

use autoshard_tuning::{Action, Decision};

use super::{DECISIONS_KEPT, DecisionRecord};

impl DecisionRecord {
    /// The record of a decision taken at this time, with so many shards.
    pub(crate) fn new(at: Duration, shards: u32, decision: &Decision) -> Self {
        Self {
            at,
            action: decision.action.name(),
            cause: decision.cause.name(),
            reason: decision.reason.clone(),
            shards,
            repeated: 1,
        }
    }

    /// Whether both hold, for the same cause.
    fn is_same_hold(&self, other: &Self) -> bool {
        self.action == Action::Hold.name() && other.action == self.action && other.cause == self.cause
    }
}

/// The last [`DECISIONS_KEPT`] decisions; equal decisions to hold that follow each other count as one.
#[derive(Clone, Debug, Default)]
pub(crate) struct DecisionLog {
    records: VecDeque<DecisionRecord>,
}

impl DecisionLog {
    /// Adds a record; says whether it is news, or the last one's repetition.
    pub(crate) fn push(&mut self, record: DecisionRecord) -> bool {
        if let Some(last) = self.records.back_mut()
            && last.is_same_hold(&record)
        {
            *last = DecisionRecord { repeated: last.repeated + record.repeated, ..record };
            return false;
        }
        if self.records.len() == DECISIONS_KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record);
        true
    }

    /// The records, oldest first.
    pub(crate) fn records(&self) -> Vec<DecisionRecord> {
        self.records.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use autoshard_tuning::{Cause, Plan, PlanKind};

    use super::*;

    fn record(at_s: u64, action: Action, cause: Cause) -> DecisionRecord {
        let decision = Decision::new(action, cause, format!("second {at_s}"));
        DecisionRecord::new(Duration::from_secs(at_s), 4, &decision)
    }

    fn split() -> Action {
        Action::Reshard(Plan { kind: PlanKind::Split, groups: Vec::new() })
    }

    #[test]
    fn equal_holds_in_a_row_are_one_record() {
        let mut log = DecisionLog::default();
        assert!(log.push(record(1, Action::Hold, Cause::Balanced)));
        assert!(!log.push(record(2, Action::Hold, Cause::Balanced)));
        assert!(log.push(record(3, Action::Hold, Cause::FewSamples)));
        assert!(log.push(record(4, Action::Hold, Cause::Balanced)));
        let records = log.records();
        let summary: Vec<_> = records.iter().map(|record| (record.reason.as_str(), record.repeated)).collect();
        assert_eq!(summary, [("second 2", 2), ("second 3", 1), ("second 4", 1)]);
        assert_eq!((records[0].action, records[0].cause, records[0].shards), ("hold", "balanced", 4));
    }

    #[test]
    fn equal_changes_in_a_row_are_each_a_record() {
        let mut log = DecisionLog::default();
        assert!(log.push(record(1, split(), Cause::Contention)));
        assert!(log.push(record(2, split(), Cause::Contention)));
        assert_eq!(log.records().len(), 2);
    }

    #[test]
    fn the_oldest_records_go_first() {
        let mut log = DecisionLog::default();
        for at_s in 0..DECISIONS_KEPT as u64 + 3 {
            log.push(record(at_s, split(), Cause::Contention));
        }
        let records = log.records();
        assert_eq!((records.len(), records[0].at), (DECISIONS_KEPT, Duration::from_secs(3)));
    }
}
