//! The watch: who has held a shard for how long.
//!
//! Guards are not timed, for they are taken on the hot path. The tuner looks at all presence lines from time to time, and so does whoever
//! asks. A guard that is seen in a line twice, while the line's [pulse](crate::presence::Line::pulse) is the same, was held from the one
//! look to the other: its thread has accessed no store meanwhile, so it cannot have let go and taken another. A guard whose
//! thread goes on accessing stores is not seen; nor are the functions that operations run under a lock.
//!
//! Iterators say themselves since when they stand in a shard.
#![forbid(unsafe_code)]

use std::{collections::HashMap, panic::Location, time::Duration};

use autoshard_tuning::{HeldShard, ShardId};

use crate::{
    control::Control,
    presence::{self, Holder, Holding, Kind, Line, Pulse},
    sync::{Mutex, OnceLock, statics, time::Instant},
};

/// Between two looks of the tuner's. A guess: a tenth of what is a long time for a guard would do.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

statics! {
    /// Lines are the process's, and so is what is known of them.
    static WATCH: OnceLock<Mutex<Watch>> = OnceLock::new();
}

/// The process's watch.
pub(crate) fn watch() -> &'static Mutex<Watch> {
    WATCH.get_or_init(Mutex::default)
}

/// What was seen at the last look.
#[derive(Default)]
pub(crate) struct Watch {
    lines: HashMap<u32, Seen>,
    looked: Option<Instant>,
}

/// A line in which there were guards.
struct Seen {
    pulse: Pulse,
    guards: Vec<Guarded>,
}

/// A guard, since it was first seen.
struct Guarded {
    uid: u64,
    kind: Kind,
    place: &'static Location<'static>,
    since: Instant,
}

impl Guarded {
    fn is(&self, holding: &Holding, place: &Location<'_>) -> bool {
        self.uid == holding.uid && self.kind == holding.kind && std::ptr::eq(self.place, place)
    }
}

impl Watch {
    /// Looks at all lines, unless that was just done; for the tuner.
    pub(super) fn look_now_and_then(&mut self) {
        let now = Instant::now();
        if self.looked.is_none_or(|looked| now - looked.min(now) >= LOOK_INTERVAL) {
            self.look(now);
        }
    }

    /// Looks at all lines. It is `now`.
    pub(crate) fn look(&mut self, now: Instant) {
        self.looked = Some(now);
        let mut before = std::mem::take(&mut self.lines);
        for line in presence::lines() {
            let before = before.remove(&line.index);
            if let Some(seen) = see(line, before, now) {
                self.lines.insert(line.index, seen);
            }
        }
    }

    /// The shards of a store that somebody was in at the last look, by a guard or an iterator. It is `now`.
    pub(crate) fn held(&self, control: &Control, now: Instant) -> Vec<HeldShard> {
        let ids: HashMap<u64, ShardId> =
            control.headers.serving().map(|(id, header)| (header.lock.uid(), id)).collect();
        let held = |uid: &u64, holder, kind, place: &Location<'_>, since: Instant| {
            Some(HeldShard {
                shard: *ids.get(uid)?,
                holder,
                is_exclusive: kind == Kind::Exclusive,
                place: place.to_string(),
                lasted: now - since.min(now),
            })
        };
        let guards = self.lines.values().flat_map(|seen| &seen.guards).filter_map(|guard| {
            held(&guard.uid, autoshard_tuning::Holder::Guard, guard.kind, guard.place, guard.since)
        });
        let stands = presence::lines().flat_map(|line| line.stands.since()).filter_map(|(holding, since)| {
            let Holder::Iterator(place) = holding.by else { return None };
            held(&holding.uid, autoshard_tuning::Holder::Iterator, holding.kind, place, since)
        });
        guards.chain(stands).collect()
    }
}

/// The guards in a line, each since it was first seen; `None` if there are none.
fn see(line: &Line, before: Option<Seen>, now: Instant) -> Option<Seen> {
    // First: if the thread goes on between this and the look at its guards, the next look finds another pulse.
    let pulse = line.pulse();
    let known = before.filter(|seen| seen.pulse == pulse).map_or_else(Vec::new, |seen| seen.guards);
    let guards = line.cells.holdings().filter_map(|holding| {
        let Holder::Guard(place) = holding.by else { return None };
        let since = known.iter().find(|guard| guard.is(&holding, place)).map_or(now, |guard| guard.since);
        Some(Guarded { uid: holding.uid, kind: holding.kind, place, since })
    });
    let guards: Vec<_> = guards.collect();
    (!guards.is_empty()).then_some(Seen { pulse, guards })
}
