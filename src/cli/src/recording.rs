//! The course of a run: what was seen at each tick, thinned so that a long run costs no more than a short one.

use std::{collections::HashMap, time::Duration};

use autoshard::telemetry::{ShardTelemetry, Telemetry};

use crate::latency::Percentiles;

/// Points kept at most; when they are reached, neighbours are folded into one. A guess: more than a plot has pixels to
/// tell apart.
const POINTS_MAX: usize = 480;

/// An interval shorter than this, such as the one between the last tick and the run's end, has no rate worth a point of
/// its own: a tenth of a tick.
const REMNANT: Duration = Duration::from_millis(25);

/// What was seen over one interval.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// The interval's end, since the run began.
    pub(crate) at: Duration,
    /// Its length.
    pub(crate) length: Duration,
    /// Operations in it.
    pub(crate) operations: u64,
    /// Latencies in it; of folded intervals, the worse ones.
    pub(crate) latency: Percentiles,
    /// Load of each shard at its end, relative to an even share (1 is even), in order of their ids; empty where
    /// nothing was sampled.
    pub(crate) shard_loads: Vec<f64>,
    /// Shards at its end.
    pub(crate) shards: usize,
    /// Entries at its end.
    pub(crate) entries: usize,
}

impl Point {
    /// Operations a second.
    pub(crate) fn throughput(&self) -> f64 {
        let seconds = self.length.as_secs_f64();
        if seconds > 0.0 { self.operations as f64 / seconds } else { 0.0 }
    }

    fn folded(&self, next: &Self) -> Self {
        Self {
            length: self.length + next.length,
            operations: self.operations + next.operations,
            latency: self.latency.worse(next.latency),
            ..next.clone()
        }
    }
}

/// The points of a run, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    points: Vec<Point>,
    /// Ticks that the last point stands for so far.
    ticks_in_last: u32,
    /// Ticks that a whole point stands for.
    ticks_per_point: u32,
    /// Least and greatest number of shards at any tick, folded or not.
    shards_range: Option<(usize, usize)>,
}

impl Recording {
    /// One more tick.
    pub(crate) fn push(&mut self, point: Point) {
        let (least, most) = self.shards_range.unwrap_or((point.shards, point.shards));
        self.shards_range = Some((least.min(point.shards), most.max(point.shards)));
        self.ticks_per_point = self.ticks_per_point.max(1);
        match self.points.last_mut() {
            Some(last) if point.length < REMNANT => *last = last.folded(&point),
            Some(last) if self.ticks_in_last < self.ticks_per_point => {
                *last = last.folded(&point);
                self.ticks_in_last += 1;
            }
            _ => {
                self.halve_if_full();
                self.points.push(point);
                self.ticks_in_last = 1;
            }
        }
    }

    fn halve_if_full(&mut self) {
        if self.points.len() < POINTS_MAX {
            return;
        }
        self.points = self
            .points
            .chunks(2)
            .filter_map(|pair| match pair {
                [first, second] => Some(first.folded(second)),
                [only] => Some(only.clone()),
                _ => None,
            })
            .collect();
        self.ticks_per_point *= 2;
    }

    /// The points, oldest first.
    pub(crate) fn points(&self) -> &[Point] {
        &self.points
    }

    /// Least and greatest number of shards seen.
    pub(crate) fn shards_range(&self) -> Option<(usize, usize)> {
        self.shards_range
    }
}

/// Load per shard between two snapshots, from samples.
#[derive(Debug, Default)]
pub(crate) struct ShardLoads {
    before: HashMap<u16, u64>,
}

impl ShardLoads {
    /// Loads since the last call, relative to an even share, in the order of `telemetry.shards`.
    pub(crate) fn since_last(&mut self, telemetry: &Telemetry) -> Vec<f64> {
        let total = |shard: &ShardTelemetry| shard.sampled_reads + shard.sampled_writes;
        let increase = |shard: &ShardTelemetry| {
            let before = self.before.get(&shard.id).copied().unwrap_or(0);
            // A header that was reused counts from 0 again.
            total(shard).checked_sub(before).unwrap_or_else(|| total(shard))
        };
        let increases: Vec<u64> = telemetry.shards.iter().map(increase).collect();
        self.before = telemetry.shards.iter().map(|shard| (shard.id, total(shard))).collect();
        relative(&increases)
    }
}

fn relative(loads: &[u64]) -> Vec<f64> {
    let sum: u64 = loads.iter().sum();
    if sum == 0 {
        return Vec::new();
    }
    let even = sum as f64 / loads.len() as f64;
    loads.iter().map(|load| *load as f64 / even).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(number: u64) -> Point {
        Point {
            at: Duration::from_millis(250 * (number + 1)),
            length: Duration::from_millis(250),
            operations: 10,
            latency: Percentiles { max: number, ..Percentiles::default() },
            shard_loads: vec![1.0],
            shards: 1 + number as usize % 7,
            entries: 0,
        }
    }

    #[test]
    fn a_long_run_keeps_its_sums_and_extremes_in_few_points() {
        let mut recording = Recording::default();
        let ticks = 10_000;
        (0..ticks).for_each(|number| recording.push(point(number)));
        let points = recording.points();
        assert!(points.len() <= POINTS_MAX && points.len() >= POINTS_MAX / 4, "{}", points.len());
        assert_eq!(points.iter().map(|point| point.operations).sum::<u64>(), 10 * ticks);
        assert_eq!(points.iter().map(|point| point.length).sum::<Duration>(), Duration::from_millis(250 * ticks));
        assert_eq!(points.last().map(|point| point.latency.max), Some(ticks - 1));
        assert_eq!(recording.shards_range(), Some((1, 7)));
    }

    #[test]
    fn loads_are_relative_to_an_even_share() {
        assert_eq!(relative(&[3, 1, 0, 0]), [3.0, 1.0, 0.0, 0.0]);
        assert!(relative(&[0, 0]).is_empty());
    }
}
