//! Inside a shard: its contents, opened to whoever holds the lock.
//!
//! A [`ShardRead`] or [`ShardWrite`] is proof of having entered. It does not say that the shard owns the key at hand:
//! that is for the store to check against the directory, after entry.

use std::{
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ptr::NonNull,
};

use equivalent::Equivalent;
use hashbrown::{HashTable, TryReserveError, hash_table::Entry};

use super::{
    cell::Contents,
    header::Header,
    item::Item,
    lock::{Pass, Stay},
};
use crate::{
    migration::Mode,
    mutants::{Mutant, is_on},
    presence::Kind,
};

/// How a shard was entered. A constant where an operation is inlined, so that what cannot be the case is left out.
///
/// A word, as all fields of guards are: the padding of shorter ones is copied with a guard, by loads that overlap two stores, for which a
/// processor waits (a fifth of the time of `get_mut`).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Way {
    /// At once, and by no raw lock; if for writing, no migration has marked the shard.
    Brief,
    /// At once; if for writing, no migration has marked the shard.
    AtOnce,
    /// In any way.
    Any,
}

impl Way {
    /// Of whoever entered at once, and means to stay so long.
    #[inline(always)]
    pub(crate) fn at_once(stay: Stay) -> Self {
        match stay {
            Stay::Brief => Self::Brief,
            Stay::Long => Self::AtOnce,
        }
    }
}

/// Inside a shard for reading.
pub(crate) struct ShardRead<'a, K, V> {
    header: &'a Header,
    pass: Pass,
    way: Way,
    /// It hands out shared references to entries, so it is `Send` and `Sync` where these are.
    entries: PhantomData<&'a (K, V)>,
}

impl<'a, K, V> ShardRead<'a, K, V> {
    /// # Safety
    ///
    /// `pass` was given by this header's lock, in this way; the header belongs to a store of these types.
    #[inline]
    pub(crate) unsafe fn new(header: &'a Header, pass: Pass, way: Way) -> Self {
        Self { header, pass, way, entries: PhantomData }
    }

    pub(crate) fn header(&self) -> &'a Header {
        self.header
    }

    #[inline]
    pub(crate) fn contents(&self) -> &Contents<K, V> {
        // SAFETY: the shard is held shared, so nobody changes its contents; they are initialised, as the directory or
        // the migrator named the shard (`new`).
        unsafe { &*self.header.opaque.get() }
    }

    /// The key's entry. It stays where it is for as long as the shard is held.
    #[inline]
    pub(crate) fn find<Q: Equivalent<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<NonNull<Item<K, V>>> {
        let found = self.find_here(hash, key);
        if found.is_none() && self.is_marked() { find_moved(self.contents(), hash, key) } else { found }
    }

    /// As [`find`](Self::find), but of a [marked](Self::is_marked) shard, the entry may be elsewhere.
    #[inline(always)]
    pub(crate) fn find_here<Q: Equivalent<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<NonNull<Item<K, V>>> {
        self.contents().table.find(hash, |entry| key.equivalent(entry.key())).map(NonNull::from)
    }

    /// Whether a migration has marked the shard, so that what is not found here may be in one of the migration's targets.
    #[inline(always)]
    pub(crate) fn is_marked(&self) -> bool {
        self.header.is_marked()
    }

    /// Whether somebody waits to get in exclusively. For those who came in by the raw lock.
    pub(crate) fn is_awaited(&self) -> bool {
        self.header.lock.is_awaited()
    }

    /// Leaves: what dropping it does, but where it stands.
    #[inline(always)]
    pub(crate) fn leave(self) {
        let left = ManuallyDrop::new(self);
        leave(left.header, Kind::Shared, left.pass, left.way);
    }
}

impl<K, V> Drop for ShardRead<'_, K, V> {
    #[inline(always)]
    fn drop(&mut self) {
        leave_by_drop(self.header, Kind::Shared, self.pass);
    }
}

/// Leaves without what is known where an operation is inlined. Not inlined either, so that the guard need not be kept in memory for a panic
/// to find it there.
#[inline(never)]
fn leave_by_drop(header: &Header, kind: Kind, pass: Pass) {
    header.lock.leave(kind, pass);
}

#[inline(always)]
fn leave(header: &Header, kind: Kind, pass: Pass, way: Way) {
    match way {
        Way::Brief => header.lock.leave_brief(kind, pass),
        Way::AtOnce | Way::Any => header.lock.leave(kind, pass),
    }
}

#[cold]
fn find_moved<K, V, Q: Equivalent<K> + ?Sized>(
    contents: &Contents<K, V>,
    hash: u64,
    key: &Q,
) -> Option<NonNull<Item<K, V>>> {
    contents.mark.as_ref()?.find_moved(hash, |other| key.equivalent(other))
}

/// An item found inside a shard, and whether it is in a target already (hand-over).
pub(crate) struct Found<K, V> {
    pub(crate) item: NonNull<Item<K, V>>,
    table: Table,
}

/// Where an item was found. A word, as [`Way`] is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
enum Table {
    /// In the shard's own.
    Own,
    /// In a target's, to which it was moved.
    Target,
}

impl<K, V> Clone for Found<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Found<K, V> {}

/// Inside a shard for writing.
pub(crate) struct ShardWrite<'a, K, V> {
    header: &'a Header,
    pass: Pass,
    way: Way,
    /// What writes displaced from targets: dropped after the shard has been left, since it runs the user's code.
    garbage: GarbageBag<K, V>,
    entries: PhantomData<&'a mut (K, V)>,
}

enum Garbage<K, V> {
    Value(V),
    Item(Item<K, V>),
}

/// Mostly empty, and then a word, dropped at no cost.
#[expect(clippy::box_collection, reason = "one word on the path of every write, which never fills it")]
struct GarbageBag<K, V>(Option<Box<Vec<Garbage<K, V>>>>);

impl<K, V> GarbageBag<K, V> {
    fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    fn keep(&mut self, garbage: Option<Garbage<K, V>>) {
        if let Some(garbage) = garbage {
            self.0.get_or_insert_default().push(garbage);
        }
    }
}

impl<K, V> Drop for GarbageBag<K, V> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(bag) = self.0.take() {
            empty(bag);
        }
    }
}

/// Of its own, so that who drops a guard is small enough to be inlined.
#[cold]
#[inline(never)]
fn empty<T>(bag: Box<T>) {
    drop(bag);
}

impl<'a, K, V> ShardWrite<'a, K, V> {
    /// # Safety
    ///
    /// `pass` is exclusive and was given by this header's lock, in this way; the header belongs to a store of these types.
    #[inline]
    pub(crate) unsafe fn new(header: &'a Header, pass: Pass, way: Way) -> Self {
        Self { header, pass, way, garbage: GarbageBag(None), entries: PhantomData }
    }

    #[inline(always)]
    fn is_marked(&self) -> bool {
        self.way == Way::Any && self.header.is_marked()
    }

    pub(crate) fn header(&self) -> &'a Header {
        self.header
    }

    #[inline]
    pub(crate) fn contents(&self) -> &Contents<K, V> {
        // SAFETY: as in `contents_mut`.
        unsafe { &*self.header.opaque.get() }
    }

    #[inline]
    pub(crate) fn contents_mut(&mut self) -> &mut Contents<K, V> {
        // SAFETY: the shard is held exclusively and its contents are initialised (`new`).
        unsafe { &mut *self.header.opaque.get() }
    }

    /// The key's entry. It stays where it is until this shard is written to or left.
    #[inline]
    pub(crate) fn find<Q: Equivalent<K> + ?Sized>(&mut self, hash: u64, key: &Q) -> Option<Found<K, V>> {
        if let Some(entry) = self.contents_mut().table.find_mut(hash, |entry| key.equivalent(entry.key())) {
            return Some(Found { item: NonNull::from(entry), table: Table::Own });
        }
        if !self.is_marked() {
            return None;
        }
        find_moved(self.contents(), hash, key).map(|item| Found { item, table: Table::Target })
    }

    /// Sets a key's value; returns the one before, and the key that was not needed, since one that is there stays as it is. Both are
    /// to be dropped outside.
    ///
    /// One look-up, where no migration wants to know which of the two it was.
    #[inline(always)]
    pub(crate) fn set(&mut self, hash: u64, key: K, value: V, hasher: impl Fn(&K) -> u64) -> Option<(K, V)>
    where
        K: Eq,
    {
        if self.is_marked() {
            return self.set_marked(hash, key, value, hasher);
        }
        let header = self.header;
        let table = &mut self.contents_mut().table;
        let buckets = table.num_buckets();
        let rehash = |item: &Item<K, V>| {
            header.note_rehash();
            hasher(item.key())
        };
        match table.entry(hash, |item| *item.key() == key, rehash) {
            Entry::Occupied(mut occupied) => {
                let before = mem::replace(occupied.get_mut().own_value_mut(), value);
                return Some((key, before));
            }
            Entry::Vacant(vacant) => vacant.insert(Item::new(key, value)),
        };
        if self.contents().table.num_buckets() != buckets {
            self.note_table_size();
        }
        None
    }

    #[cold]
    fn set_marked(&mut self, hash: u64, key: K, value: V, hasher: impl Fn(&K) -> u64) -> Option<(K, V)>
    where
        K: Eq,
    {
        match self.find(hash, &key) {
            Some(found) => {
                let before = self.write_in_place(hash, found.item, |_, old| mem::replace(old, value));
                Some((key, before))
            }
            None => {
                self.insert_new(hash, Item::new(key, value), hasher);
                None
            }
        }
    }

    /// Takes a key's entry out, if the function says so of it.
    ///
    /// One look-up, where no migration wants to know of it.
    #[inline(always)]
    pub(crate) fn remove_if<Q: Equivalent<K> + ?Sized>(
        &mut self,
        hash: u64,
        key: &Q,
        f: impl FnOnce(&K, &mut V) -> bool,
    ) -> Option<Item<K, V>> {
        if self.is_marked() {
            return self.remove_if_marked(hash, key, f);
        }
        let table = &mut self.contents_mut().table;
        let mut occupied = table.find_entry(hash, |item| key.equivalent(item.key())).ok()?;
        let (key, value) = occupied.get_mut().pair_mut();
        f(key, value).then(|| occupied.remove().0)
    }

    #[cold]
    fn remove_if_marked<Q: Equivalent<K> + ?Sized>(
        &mut self,
        hash: u64,
        key: &Q,
        f: impl FnOnce(&K, &mut V) -> bool,
    ) -> Option<Item<K, V>> {
        let found = self.find(hash, key)?;
        self.write_in_place(hash, found.item, f).then(|| self.remove(hash, found))
    }

    /// Adds an entry that the shard does not have.
    #[inline(always)]
    pub(crate) fn insert_new(&mut self, hash: u64, item: Item<K, V>, hasher: impl Fn(&K) -> u64) -> Found<K, V> {
        let header = self.header;
        let table = &mut self.contents_mut().table;
        let buckets = table.num_buckets();
        let inserted = table.insert_unique(hash, item, |entry| {
            header.note_rehash();
            hasher(entry.key())
        });
        let inserted = NonNull::from(inserted.into_mut());
        if table.num_buckets() != buckets {
            self.note_table_size();
        }
        if !is_on(Mutant::InsertionsNotMirrored) {
            self.mirror_write(hash, inserted);
        }
        Found { item: inserted, table: Table::Own }
    }

    /// Makes room for one more entry, so that inserting it needs no hasher.
    pub(crate) fn reserve_one(&mut self, hasher: impl Fn(&K) -> u64) {
        let header = self.header;
        self.contents_mut().table.reserve(1, |entry| {
            header.note_rehash();
            hasher(entry.key())
        });
        self.note_table_size();
    }

    /// Makes room for so many more entries, if there is memory for them.
    pub(crate) fn try_reserve(&mut self, additional: usize, hasher: impl Fn(&K) -> u64) -> Result<(), TryReserveError> {
        let header = self.header;
        let reserved = self.contents_mut().table.try_reserve(additional, |entry| {
            header.note_rehash();
            hasher(entry.key())
        });
        self.note_table_size();
        reserved
    }

    /// Takes an entry out.
    #[inline]
    pub(crate) fn remove(&mut self, hash: u64, found: Found<K, V>) -> Item<K, V> {
        if found.table == Table::Target {
            return self.remove_moved(hash, found.item);
        }
        let entry = self.contents_mut().table.find_entry(hash, |entry| std::ptr::eq(entry, found.item.as_ptr()));
        let Ok(entry) = entry else { unreachable!("an entry found under the exclusive lock is there") };
        let (removed, _) = entry.remove();
        self.mirror_remove(hash, removed.key());
        removed
    }

    #[cold]
    fn remove_moved(&mut self, hash: u64, entry: NonNull<Item<K, V>>) -> Item<K, V> {
        let removed = self.contents_mut().mark.as_mut().and_then(|mark| mark.take_moved(hash, entry, None));
        removed.unwrap_or_else(|| unreachable!("an entry found in a target under its source's exclusive lock is there"))
    }

    /// Replaces an item, key and value, by another one of an equal key.
    pub(crate) fn replace(&mut self, hash: u64, found: Found<K, V>, item: Item<K, V>) -> Item<K, V> {
        if found.table == Table::Target {
            let mark = self.contents_mut().mark.as_mut();
            let replaced = mark.and_then(|mark| mark.take_moved(hash, found.item, Some(item)));
            return replaced
                .unwrap_or_else(|| unreachable!("an item found under its source's exclusive lock is there"));
        }
        let entry = self.contents_mut().table.find_entry(hash, |item| std::ptr::eq(item, found.item.as_ptr()));
        let Ok(entry) = entry else { unreachable!("an item found under the exclusive lock is there") };
        // Into the same bucket: nothing is rehashed, whatever room there is.
        let (replaced, vacant) = entry.remove();
        let inserted = NonNull::from(vacant.insert(item).into_mut());
        self.mirror_write(hash, inserted);
        replaced
    }

    /// Lets a function write to an item of the table in place. The targets learn of it also if the function panics half-way.
    #[inline]
    pub(crate) fn write_in_place<R>(
        &mut self,
        hash: u64,
        item: NonNull<Item<K, V>>,
        f: impl FnOnce(&K, &mut V) -> R,
    ) -> R {
        let _written = InPlace { shard: self, hash, item };
        // SAFETY: the item is of this shard, which is held exclusively and not written to before `_written` is dropped.
        let (key, value) = unsafe { (item.as_ref().key(), item.as_ref().value_mut()) };
        f(key, value)
    }

    /// An entry was written in place, or added: keeps the targets in step. Costs a look at one flag without a migration.
    #[inline]
    pub(crate) fn mirror_write(&mut self, hash: u64, entry: NonNull<Item<K, V>>) {
        if self.is_marked() {
            self.mirror_write_marked(hash, entry);
        }
    }

    #[cold]
    fn mirror_write_marked(&mut self, hash: u64, entry: NonNull<Item<K, V>>) {
        // SAFETY: the entry was found or inserted under this exclusive lock and not removed since.
        let entry = unsafe { entry.as_ref() };
        let displaced = self.contents().mark.as_ref().and_then(|mark| mark.mirror_write(hash, entry));
        self.garbage.keep(displaced.map(Garbage::Value));
    }

    /// A key was removed: keeps the targets in step.
    #[inline]
    pub(crate) fn mirror_remove(&mut self, hash: u64, key: &K) {
        if self.is_marked() && !is_on(Mutant::RemovalsNotMirrored) {
            self.mirror_remove_marked(hash, key);
        }
    }

    #[cold]
    fn mirror_remove_marked(&mut self, hash: u64, key: &K) {
        let removed = self.contents().mark.as_ref().and_then(|mark| mark.mirror_remove(hash, key));
        self.garbage.keep(removed.map(Garbage::Item));
    }

    /// Puts something aside, to be dropped after the shard has been left.
    pub(crate) fn discard(&mut self, item: Item<K, V>) {
        self.garbage.keep(Some(Garbage::Item(item)));
    }

    /// Ends the part that this shard has in a migration, before the whole of it is changed: the migration is given up,
    /// and what was moved into targets (hand-over) is fetched back. Costs as much as there is to fetch.
    pub(crate) fn abandon_migration(&mut self, reason: &str) {
        let header = self.header;
        let Contents { table, mark, .. } = self.contents_mut();
        let Some(mark) = mark.as_deref_mut() else { return };
        mark.shadow.abort(reason);
        if mark.shadow.mode == Mode::HandOver {
            while !mark.fetch_back(header, table, usize::MAX) {}
            self.note_table_size();
        }
    }

    /// Whether the next entry makes the table grow, or get rid of what was removed.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        let table = &self.contents().table;
        table.len() == table.capacity()
    }

    /// Tells observers the table's size.
    #[inline]
    pub(crate) fn note_table_size(&self) {
        note_table_size(self.header, &self.contents().table);
    }

    /// Leaves: what dropping it does, but where it stands. (Out of line, it takes a tenth off the throughput of short writes.)
    #[inline(always)]
    pub(crate) fn leave(self) {
        self.publish_length();
        self.leave_as_long();
    }

    /// As [`leave`](Self::leave), after nothing was added and nothing taken out.
    #[inline(always)]
    pub(crate) fn leave_as_long(self) {
        debug_assert_eq!(self.header.length(), self.length());
        let mut left = ManuallyDrop::new(self);
        let garbage = left.garbage.take();
        leave(left.header, Kind::Exclusive, left.pass, left.way);
        drop(garbage);
    }

    /// As dropping it, after an item was written in place, or added. By value where more is to be done, so that the guard need not be kept in
    /// memory for that.
    #[inline(always)]
    pub(crate) fn leave_written(self, hash: u64, item: NonNull<Item<K, V>>) {
        if self.is_marked() || self.garbage.0.is_some() {
            return self.leave_written_marked(hash, item);
        }
        let left = ManuallyDrop::new(self);
        left.publish_length_unmarked();
        leave_by_drop(left.header, Kind::Exclusive, left.pass);
    }

    #[cold]
    #[inline(never)]
    fn leave_written_marked(mut self, hash: u64, item: NonNull<Item<K, V>>) {
        self.mirror_write(hash, item);
    }

    /// As [`leave`](Self::leave), but whoever waits has the shard next.
    pub(crate) fn leave_in_turn(self) {
        self.publish_length();
        let mut left = ManuallyDrop::new(self);
        let garbage = left.garbage.take();
        left.header.lock.leave_in_turn(left.pass);
        drop(garbage);
    }

    /// Goes over to reading without leaving.
    pub(crate) fn downgrade(mut self) -> ShardRead<'a, K, V> {
        self.publish_length();
        let (header, garbage) = (self.header, self.garbage.take());
        let pass = header.lock.downgrade(self.pass);
        // The pass lives on in the reader.
        mem::forget(self);
        let reader = ShardRead { header, pass, way: Way::Any, entries: PhantomData };
        drop(garbage);
        reader
    }

    #[inline]
    fn publish_length(&self) {
        self.header.set_length(self.length());
    }

    #[inline]
    fn publish_length_unmarked(&self) {
        self.header.set_length(self.contents().table.len());
    }

    #[inline]
    fn length(&self) -> usize {
        let contents = self.contents();
        let counts_moved = self.is_marked() && !is_on(Mutant::MovedNotCounted);
        let moved = if counts_moved { contents.mark.as_deref().map_or(0, |mark| mark.moved) } else { 0 };
        contents.table.len() + moved
    }
}

/// Of its own, so that whoever calls it need not keep its guard in memory.
#[cold]
fn note_table_size<T>(header: &Header, table: &HashTable<T>) {
    header.note_table(table);
}

/// An item that is being written in place.
struct InPlace<'s, 'a, K, V> {
    shard: &'s mut ShardWrite<'a, K, V>,
    hash: u64,
    item: NonNull<Item<K, V>>,
}

impl<K, V> Drop for InPlace<'_, '_, K, V> {
    #[inline]
    fn drop(&mut self) {
        if !is_on(Mutant::ChangesNotMirrored) {
            self.shard.mirror_write(self.hash, self.item);
        }
    }
}

impl<K, V> Drop for ShardWrite<'_, K, V> {
    #[inline(always)]
    fn drop(&mut self) {
        self.publish_length();
        leave_by_drop(self.header, Kind::Exclusive, self.pass);
    }
}
