//! How a tour of all shards is shared out among threads.
//!
//! The slots are put into *parts*, those of each shard as it is at the beginning, and each part is a task. It enters the shards that its slots are in
//! by then, one after another, until all its slots are marked in the [tour](crate::tour), which all parts share. Whoever enters a shard marks all of its
//! slots, while it is inside: so each slot is marked by exactly one part, which is the one that yields the slot's entries, and none is
//! left out in the end.
//!
//! # No part waits for another
//!
//! Entries may be kept, and keep their shard, until all parts have ended. Where shards were merged meanwhile, another part may want that very
//! shard, for a slot which whoever holds it has just marked. So nobody waits for a shard without looking, from time to time,
//! whether there is still something there for him.
#![forbid(unsafe_code)]

use std::{
    hash::{BuildHasher, Hash},
    mem,
    panic::Location,
    ptr::NonNull,
    time::Duration,
    vec,
};

use autoshard_tuning::SlotId;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator, plumbing::UnindexedConsumer};

use crate::{
    Store,
    directory::Directory,
    iter::Stretch,
    mapref::multiple::{Held, RefMulti, RefMutMulti},
    presence::{self, Kind},
    shard::{Errand, Header, Item, ShardRead, ShardWrite, Visitor},
    sync::{Arc, LeafMutex},
    tour::{Fresh, Tour},
};

/// How long a part waits for a shard before it looks whether its slot was visited.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Looks before a part waits as everybody does, and is told if it waits for itself, or in a circle. A second in all: whoever has entered a shard marks its
/// slots at once.
const LOOKS: u32 = 200;

/// A shard that a part is inside.
pub(super) trait Inside<'a, K: 'a, V: 'a>: Sized {
    /// How.
    const KIND: Kind;
    /// The guards of its entries.
    type Entry: Send;

    /// Enters; `None` if it takes longer than `patience`.
    fn try_enter<S>(store: &'a Store<K, V, S>, slot: SlotId, patience: Duration) -> Option<Self>;
    /// Enters; `None` if the store has no shards.
    fn enter<S>(store: &'a Store<K, V, S>, slot: SlotId, visitor: Visitor) -> Option<Self>;
    /// What it is inside.
    fn header(&self) -> &Header;
    /// Its entries.
    fn stretch(self, fresh: Fresh, place: &'static Location<'static>) -> Stretch<'a, K, V, Self>;
    /// An entry's guard.
    fn entry(held: Arc<Held<Self>>, item: NonNull<Item<K, V>>) -> Self::Entry;
}

impl<'a, K: Sync, V: Sync> Inside<'a, K, V> for ShardRead<'a, K, V> {
    const KIND: Kind = Kind::Shared;
    type Entry = RefMulti<'a, K, V>;

    fn try_enter<S>(store: &'a Store<K, V, S>, slot: SlotId, patience: Duration) -> Option<Self> {
        store.body().try_enter_to_iterate(slot, patience)
    }

    fn enter<S>(store: &'a Store<K, V, S>, slot: SlotId, visitor: Visitor) -> Option<Self> {
        store.body().enter_to_iterate(slot, visitor)
    }

    fn header(&self) -> &Header {
        self.header()
    }

    fn stretch(self, fresh: Fresh, place: &'static Location<'static>) -> Stretch<'a, K, V, Self> {
        Stretch::shared(self, fresh, place)
    }

    fn entry(held: Arc<Held<Self>>, item: NonNull<Item<K, V>>) -> RefMulti<'a, K, V> {
        RefMulti::new(held, item)
    }
}

impl<'a, K: Sync, V: Send + Sync> Inside<'a, K, V> for ShardWrite<'a, K, V> {
    const KIND: Kind = Kind::Exclusive;
    type Entry = RefMutMulti<'a, K, V>;

    fn try_enter<S>(store: &'a Store<K, V, S>, slot: SlotId, patience: Duration) -> Option<Self> {
        store.body().try_enter_to_iterate_mut(slot, patience)
    }

    fn enter<S>(store: &'a Store<K, V, S>, slot: SlotId, visitor: Visitor) -> Option<Self> {
        store.body().enter_to_iterate_mut(slot, visitor)
    }

    fn header(&self) -> &Header {
        self.header()
    }

    fn stretch(self, fresh: Fresh, place: &'static Location<'static>) -> Stretch<'a, K, V, Self> {
        Stretch::exclusive(self, fresh, place)
    }

    fn entry(held: Arc<Held<Self>>, item: NonNull<Item<K, V>>) -> RefMutMulti<'a, K, V> {
        RefMutMulti::new(held, item)
    }
}

/// Gives all entries to the consumer, in parallel.
pub(super) fn drive<'a, G, K, V, S, C>(
    store: &'a Store<K, V, S>,
    place: &'static Location<'static>,
    consumer: C,
) -> C::Result
where
    G: Inside<'a, K, V>,
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync,
    C: UnindexedConsumer<G::Entry>,
{
    let control = store.control();
    control.refuse_to_wait_for_oneself(G::KIND, Visitor::new(presence::current(), Errand::Iterator(place)));
    if G::KIND == Kind::Exclusive {
        control.revoke_together();
    }
    let tour = LeafMutex::new(Tour::new(&control.directory));
    let part =
        |slots: Vec<SlotId>| Part::<G, K, V, S> { store, place, tour: &tour, slots: slots.into_iter(), stretch: None };
    slots_by_shard(&control.directory).into_par_iter().with_max_len(1).flat_map_iter(part).drive_unindexed(consumer)
}

/// The slots of each shard.
fn slots_by_shard(directory: &Directory) -> Vec<Vec<SlotId>> {
    let mut parts: Vec<Vec<SlotId>> = Vec::new();
    for (slot, shard) in directory.shards().into_iter().enumerate() {
        let shard = usize::from(shard);
        if parts.len() <= shard {
            parts.resize_with(shard + 1, Vec::new);
        }
        parts[shard].push(slot as SlotId);
    }
    parts.retain(|slots| !slots.is_empty());
    parts
}

/// The entries of some slots, as far as no other part has met them.
struct Part<'a, 't, G, K, V, S> {
    store: &'a Store<K, V, S>,
    /// Where the iterator was made.
    place: &'static Location<'static>,
    tour: &'t LeafMutex<Tour>,
    slots: vec::IntoIter<SlotId>,
    stretch: Option<Stretch<'a, K, V, G>>,
}

impl<'a, G: Inside<'a, K, V>, K, V, S> Part<'a, '_, G, K, V, S> {
    /// Enters the next shard; `None` at the end.
    fn next_stretch(&mut self) -> Option<Stretch<'a, K, V, G>> {
        loop {
            let slot = self.slots.next()?;
            let Some(shard) = self.enter(slot) else { continue };
            let directory = &self.store.control().directory;
            let fresh = self.tour.lock().visit(directory, slot, shard.header().slots());
            return Some(shard.stretch(fresh, self.place));
        }
    }

    /// Enters the slot's shard, unless the slot was visited.
    fn enter(&self, slot: SlotId) -> Option<G> {
        for _ in 0..LOOKS {
            if self.tour.lock().has_visited(slot) {
                return None;
            }
            if let Some(shard) = G::try_enter(self.store, slot, LOOK_EVERY) {
                return Some(shard);
            }
        }
        G::enter(self.store, slot, Visitor::new(presence::current(), Errand::Iterator(self.place)))
    }
}

impl<'a, G: Inside<'a, K, V>, K: Eq + Hash, V, S: BuildHasher> Iterator for Part<'a, '_, G, K, V, S> {
    type Item = G::Entry;

    fn next(&mut self) -> Option<G::Entry> {
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some(item) = stretch.next(self.store)
            {
                return Some(G::entry(stretch.hold(), item));
            }
            // Leaves the one shard before it waits for the next.
            drop(mem::take(&mut self.stretch));
            self.stretch = Some(self.next_stretch()?);
        }
    }
}
