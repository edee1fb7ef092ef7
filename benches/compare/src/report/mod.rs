//! The results: for people as tables, a summary and a page, for programs as JSON.

mod choice;
mod page;
mod plot;
mod row;
mod spread;
mod standing;
mod summary;
mod table;

use std::io;

pub(crate) use page::page;
pub(crate) use row::{Row, rows};
pub(crate) use spread::Spread;
pub(crate) use standing::Standing;
pub(crate) use summary::Summary;
pub(crate) use table::Table;

/// All rows, as JSON.
pub(crate) fn json(rows: &[Row]) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(rows)? + "\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        keys::Distribution,
        maps::Contestant,
        measurement::{CellResult, Failure, Measurement},
        transfer::Regime,
        trial::Figures,
        workload::{Cell, Workload},
    };

    pub(super) const CELL: Cell =
        Cell { workload: Workload::Get, keys: 10, distribution: Distribution::Zipf, threads: 2, trace: None };

    pub(super) fn measurement(map: Contestant, mops: f64, transfer_ns: f64) -> Measurement {
        let figures = Figures { mops: Some(mops), ..Figures::default() };
        let transfer_ns = Some(transfer_ns);
        Measurement { map, round: 1, transfer_ns, regime: Regime::of(transfer_ns), figures }
    }

    /// dashmap in both regimes, ours in one, and a failure.
    pub(super) fn result() -> CellResult {
        let measurements = vec![
            measurement(Contestant::Dashmap, 1.0, 25.0),
            measurement(Contestant::Dashmap, 3.0, 30.0),
            measurement(Contestant::Dashmap, 9.0, 220.0),
            measurement(Contestant::Autoshard, 4.0, 25.0),
            measurement(Contestant::Limit, 8.0, 25.0),
        ];
        let failures = vec![Failure { map: Contestant::Flurry, reason: "it hung".to_owned() }];
        CellResult { cell: CELL, measurements, failures }
    }

    #[test]
    fn json_has_the_fields_that_programs_rely_on() {
        let value: serde_json::Value = serde_json::from_str(&json(&rows(&result())).unwrap()).unwrap();
        let rows = value.as_array().unwrap();
        let near = rows.iter().find(|row| row["map"] == "dashmap" && row["regime"] == "near").unwrap();
        let expected = serde_json::json!({
            "workload": "get", "keys": 10, "distribution": "zipf", "threads": 2,
            "mops_median": 2.0, "mops_min": 1.0, "mops_max": 3.0,
        });
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&near[field], value, "{field}");
        }
        let failed = rows.iter().find(|row| row["map"] == "flurry").unwrap();
        assert!(failed["failure"] == "it hung" && failed["mops_median"].is_null());
    }
}
