//! Growth: a shard whose table is full is split where its table would get too large, or where the store has few shards yet.
//!
//! It takes the place of a rehash, and costs the same: each entry is hashed once and moved once. The thread that wants to insert
//! does it, under the exclusive lock that it holds anyway. After it, each part grows with its share of the entries, so no table ever
//! grows beyond the policy's `shards.entries_max` while there is room for more shards.
//!
//! # Collisions
//!
//! * *Other callers*: as at a cut-over. The directory changes while the source and the fresh shards are all held; who waited at the
//!   source finds itself elsewhere.
//! * *Migrations*: a marked shard is not split. One that a migration is yet to mark may be: the migration then finds another id
//!   in its header, or no slots, and is given up.
//! * *Other shards that grow, and cut-overs*: what they share is the layout, which one changes at a time, and the number of shards,
//!   in which room is made before. Whoever waits for the layout is kept for a few stores' time by somebody who waits for nothing.
//! * *The user's code*: `Hash` runs before anything is moved; a panic in it leaves the shard as it was, as in a rehash.

use std::{mem, time::Duration};

use autoshard_tuning::{Bias, FullShard, ShardId, SlotId, Strategy, even_parts};
use hashbrown::HashTable;

use crate::{
    body::Body,
    control::Control,
    migration::step_guard,
    mutants::{Mutant, is_on},
    shard::{Header, Item, ShardWrite},
    sync::{atomic::Ordering, time::Instant},
    telemetry::EventKind,
    tuner,
};

/// Greatest part of the entries that a fresh shard may get, in quarters: a split that leaves nearly all of them together is none.
const QUARTERS_MAX: usize = 3;

/// How a full shard's slots and entries are divided.
struct Division {
    source: ShardId,
    /// All slots of the source.
    slots: Vec<SlotId>,
    /// Entries of each part.
    counts: Vec<usize>,
    /// The part of each of the store's slots; of those that are not the source's, none.
    part_of: Box<[u16]>,
    /// Hashes of the entries, in the order of their buckets.
    hashes: Vec<u64>,
}

impl Division {
    /// Hashes all entries. `None` if most would stay together, or if a key's `Hash` contradicts itself.
    fn new<K, V, S>(body: &Body<K, V, S>, shard: &ShardWrite<'_, K, V>, source: ShardId, parts: usize) -> Option<Self> {
        let directory = &body.control.directory;
        let slots: Vec<SlotId> = directory.slots_of(source).collect();
        let mut part_of = vec![u16::MAX; directory.slots() as usize].into_boxed_slice();
        for (part, slots) in even_parts(&slots, parts).enumerate() {
            slots.iter().for_each(|&slot| part_of[usize::from(slot)] = part as u16);
        }
        let functions = body.functions();
        let table = &shard.contents().table;
        let mut hashes = Vec::with_capacity(table.len());
        let mut counts = vec![0; parts];
        for item in (0..table.num_buckets()).filter_map(|bucket| table.get_bucket(bucket)) {
            let hash = functions.hash(item.key());
            *counts.get_mut(usize::from(part_of[usize::from(directory.slot(hash))]))? += 1;
            hashes.push(hash);
        }
        let largest = counts.iter().copied().max()?;
        (largest * 4 <= hashes.len() * QUARTERS_MAX).then_some(Self { source, slots, counts, part_of, hashes })
    }

    fn part_of(&self, control: &Control, hash: u64) -> usize {
        usize::from(self.part_of[usize::from(control.directory.slot(hash))])
    }

    /// Entries to make room for in a part: all together as many as in the doubled table, so that the next growth is as far.
    fn capacity(&self, part: usize) -> usize {
        let count = self.counts[part];
        (count + count / 8 + 1).max(self.hashes.len() * 2 / self.counts.len())
    }
}

/// A fresh shard, held until it serves.
struct Fresh<'a, K, V> {
    id: ShardId,
    shard: ShardWrite<'a, K, V>,
}

impl<K, V, S> Body<K, V, S> {
    /// Splits the shard of a hash, whose table is full, if that is better than to double the table; otherwise gives it back with room for
    /// one more entry, or each further write would ask again, and might hash all entries for that.
    #[cold]
    #[inline(never)]
    pub(crate) fn split_full<'a>(&'a self, mut shard: ShardWrite<'a, K, V>, hash: u64) -> Option<ShardWrite<'a, K, V>> {
        let started = Instant::now();
        let division = self.division_of(&shard, hash);
        let fresh = division.as_ref().and_then(|division| self.fresh_for(division));
        let (Some(division), Some(mut fresh)) = (division, fresh) else {
            let functions = self.functions();
            shard.reserve_one(|key| functions.hash(key));
            return Some(shard);
        };
        self.distribute(&mut shard.contents_mut().table, &division, &mut fresh);
        self.put_in_place(&shard, &division, &fresh);
        let header = shard.header();
        let bias = header.lock.chosen();
        let targets = fresh.iter().map(|part| part.id).collect();
        for part in &fresh {
            part.shard.header().lock.choose(bias);
        }
        drop(fresh);
        // Nobody comes here any more but by a stale directory entry; whoever gets the header next finds it neutral.
        header.lock.choose(Bias::Neutral);
        let emptied = mem::take(&mut shard.contents_mut().table);
        shard.note_table_size();
        drop(shard);
        let held = started.elapsed();
        self.retire_split(header, &division, targets, held);
        drop(emptied);
        None
    }

    /// How to split a full shard, if it is to be split.
    fn division_of(&self, shard: &ShardWrite<'_, K, V>, hash: u64) -> Option<Division> {
        let (header, table) = (shard.header(), &shard.contents().table);
        let policy = self.control.policy();
        // Of few entries and many that were removed, the table gets rid of the latter by itself.
        let is_growing = table.len() > table.num_buckets() * 7 / 16;
        let may_split = policy.tuner.enabled && policy.tuner.strategy != Strategy::Fixed;
        let is_marked = header.is_marked() && !is_on(Mutant::MarkedShardSplit);
        if !is_growing || !may_split || is_marked || step_guard::is_active() {
            return None;
        }
        let full = FullShard { entries: table.len() as u64, slots: header.slots() };
        let parts = policy.shards.parts_of_full(full, self.control.shards_promised(), tuner::cores());
        let source = self.control.directory.shard(self.control.directory.slot(hash))?;
        if parts > 1 { Division::new(self, shard, source, parts as usize) } else { None }
    }

    /// Makes the fresh shards, and room for them; `None` if others have come first.
    fn fresh_for(&self, division: &Division) -> Option<Vec<Fresh<'_, K, V>>> {
        let parts = division.counts.len();
        if !self.control.make_room(1, parts) {
            return None;
        }
        let ids: Vec<ShardId> = (0..parts).map_while(|part| self.new_shard(division.capacity(part))).collect();
        if ids.len() < parts {
            ids.into_iter().for_each(|id| {
                self.empty_shard(id);
                self.control.headers.give_back(id);
            });
            self.control.make_room(parts, 1);
            return None;
        }
        Some(ids.into_iter().map(|id| Fresh { id, shard: self.enter_unreachable(id) }).collect())
    }

    /// Moves all entries. Runs no code of the user's.
    fn distribute(&self, table: &mut HashTable<Item<K, V>>, division: &Division, fresh: &mut [Fresh<'_, K, V>]) {
        let mut hashes = division.hashes.iter();
        for bucket in 0..table.num_buckets() {
            let Ok(entry) = table.get_bucket_entry(bucket) else { continue };
            let Some(&hash) = hashes.next() else { unreachable!("each entry was hashed under the same lock") };
            let (item, _) = entry.remove();
            let target = &mut fresh[division.part_of(&self.control, hash)].shard.contents_mut().table;
            target.insert_unique(hash, item, |_| unreachable!("room was made for each entry"));
        }
        for part in fresh {
            part.shard.header().set_length(part.shard.contents().table.len());
            part.shard.note_table_size();
        }
    }

    /// Points the slots at the fresh shards.
    fn put_in_place(&self, source: &ShardWrite<'_, K, V>, division: &Division, fresh: &[Fresh<'_, K, V>]) {
        self.control.change_layout(|directory| {
            for (part, slots) in fresh.iter().zip(even_parts(&division.slots, fresh.len())) {
                slots.iter().for_each(|&slot| directory.assign(slot, part.id));
                part.shard.header().set_slots(slots.len() as u32);
            }
            source.header().set_slots(0);
            source.header().set_length(0);
        });
    }

    /// Takes back the header of a shard that was split, and tells of it. Nothing is held any more.
    fn retire_split(&self, header: &Header, division: &Division, targets: Vec<ShardId>, held: Duration) {
        header.lock.settle(&header.waits);
        self.control.retire_header(division.source);
        let counters = &self.control.tuning().migrations;
        counters.splits_in_growth.fetch_add(1, Ordering::Relaxed);
        counters.exclusive_hold_ns_max.fetch_max(held.as_nanos() as u64, Ordering::Relaxed);
        self.control.announce(EventKind::SplitInGrowth {
            source: division.source,
            targets,
            entries: division.hashes.len() as u64,
            exclusive_hold: held,
        });
    }
}
