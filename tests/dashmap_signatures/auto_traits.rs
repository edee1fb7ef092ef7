//! Send, Sync, UnwindSafe, RefUnwindSafe and Unpin of each type, for keys and values that have them and that have not.
//!
//! A type of ours must have what dashmap's has, or [`AUTO_TRAITS_MISSING`] says why not. It may have more.

#![expect(dead_code, reason = "a probe's own constant is unused for the types that lack its trait")]

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, hash_map::RandomState},
    marker::PhantomPinned,
    rc::Rc,
    sync::MutexGuard,
};

use crate::differences::{AUTO_TRAITS_MISSING, AutoTraitMissing};

/// The traits that are compared, in the order of [`Traits`].
const NAMES: [&str; 5] = ["Send", "Sync", "UnwindSafe", "RefUnwindSafe", "Unpin"];

/// Whether a type has each of [`NAMES`].
type Traits = [bool; NAMES.len()];

/// The traits of each type, under its name.
type Table = BTreeMap<&'static str, Traits>;

/// A type, a trait that it lacks and dashmap's has, and the types of key and value with which that is so.
type Missing = (&'static str, &'static str, &'static str);

/// Whether a type has a trait: the inherent constant wins where its bound holds, the trait's serves elsewhere.
macro_rules! has {
    ($type:ty, $name:path) => {{
        trait Otherwise {
            const HAS: bool = false;
        }
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        impl<T: ?Sized> Otherwise for Probe<T> {}
        impl<T: ?Sized + $name> Probe<T> {
            const HAS: bool = true;
        }
        <Probe<$type>>::HAS
    }};
}

/// The [`Table`] of the types in the scope that the macro is used in.
macro_rules! table {
    ($($name:literal: $type:ty),+ $(,)?) => {
        [$((
            $name,
            [
                has!($type, Send),
                has!($type, Sync),
                has!($type, std::panic::UnwindSafe),
                has!($type, std::panic::RefUnwindSafe),
                has!($type, Unpin),
            ],
        )),+]
        .into_iter()
        .collect::<Table>()
    };
}

/// The tables of both crates for one type of key and one of value.
macro_rules! tables {
    ($key:ty, $value:ty) => {
        (tables!(@of dashmap, DashMap, $key, $value), tables!(@of autoshard, Store, $key, $value))
    };
    (@of $subject:ident, $map:ident, $key:ty, $value:ty) => {{
        use $subject::{
            $map, ReadOnlyView,
            iter::{Iter, IterMut, OwningIter},
            mapref::{
                entry::{Entry, OccupiedEntry, VacantEntry},
                multiple::{RefMulti, RefMutMulti},
                one::{MappedRef, MappedRefMut, Ref, RefMut},
            },
            try_result::TryResult,
        };
        table! {
            "map": $map<$key, $value, RandomState>,
            "&map": &'static $map<$key, $value, RandomState>,
            "ReadOnlyView": ReadOnlyView<$key, $value, RandomState>,
            "&ReadOnlyView": &'static ReadOnlyView<$key, $value, RandomState>,
            "Ref": Ref<'static, $key, $value>,
            "RefMut": RefMut<'static, $key, $value>,
            "MappedRef": MappedRef<'static, $key, $value, u8>,
            "MappedRefMut": MappedRefMut<'static, $key, $value, u8>,
            "RefMulti": RefMulti<'static, $key, $value>,
            "RefMutMulti": RefMutMulti<'static, $key, $value>,
            "Entry": Entry<'static, $key, $value>,
            "OccupiedEntry": OccupiedEntry<'static, $key, $value>,
            "VacantEntry": VacantEntry<'static, $key, $value>,
            "Iter": Iter<'static, $key, $value, RandomState>,
            "IterMut": IterMut<'static, $key, $value, RandomState>,
            "OwningIter": OwningIter<$key, $value, RandomState>,
            "TryResult": TryResult<Ref<'static, $key, $value>>,
        }
    }};
}

/// The types, with one type of key and one of value, that lack a trait which dashmap's have, as (type, trait, key and value).
fn missing(entry: &'static str, (dashmaps, ours): (Table, Table)) -> impl Iterator<Item = Missing> {
    assert!(dashmaps.keys().eq(ours.keys()));
    dashmaps.into_iter().flat_map(move |(name, theirs)| {
        let ours = ours[name];
        let lacks = move |index: &usize| theirs[*index] && !ours[*index];
        (0..NAMES.len()).filter(lacks).map(move |index| (name, NAMES[index], entry))
    })
}

/// [`missing`] of each pair of a key's and a value's type.
macro_rules! missing {
    ($($key:ty => $value:ty),+ $(,)?) => {
        BTreeSet::from_iter([$(missing(stringify!($key => $value), tables!($key, $value)).collect::<Vec<_>>()),+].concat())
    };
}

#[test]
fn our_types_have_the_auto_traits_that_dashmaps_have() {
    let missing: BTreeSet<Missing> = missing! {
        u64 => u64,
        String => Vec<u8>,
        u64 => Cell<u64>,
        u64 => Rc<u64>,
        u64 => *const u64,
        u64 => &'static mut u64,
        u64 => MutexGuard<'static, u64>,
        u64 => PhantomPinned,
        Rc<u64> => u64,
        *const u64 => u64,
        PhantomPinned => u64,
    };
    let deliberate = |(name, lacks, entry): &Missing| {
        AUTO_TRAITS_MISSING.iter().any(|row| row.name == *name && row.lacks == *lacks && row.entries.contains(entry))
    };
    let unexplained: Vec<&Missing> = missing.iter().filter(|missing| !deliberate(missing)).collect();
    assert!(unexplained.is_empty(), "(type, trait, key => value): {unexplained:#?}");

    let exists =
        |row: &AutoTraitMissing| row.entries.iter().all(|entry| missing.contains(&(row.name, row.lacks, *entry)));
    let outdated: Vec<&AutoTraitMissing> = AUTO_TRAITS_MISSING.iter().filter(|row| !exists(row)).collect();
    assert!(outdated.is_empty(), "these differences are gone: {outdated:#?}");
}

/// What must never be: a type of ours that crosses threads with entries that must not.
#[test]
fn our_types_do_not_carry_entries_across_threads_that_must_not_cross() {
    let [send, sync] = [0, 1];
    let (_, unsendable) = tables!(u64, Rc<u64>);
    let unsound: Vec<_> = unsendable.iter().filter(|(_, has)| has[send] || has[sync]).map(|(name, _)| *name).collect();
    assert_eq!(unsound, [""; 0], "these would send or share an Rc");

    let (_, unshareable) = tables!(u64, Cell<u64>);
    for name in ["map", "&map", "ReadOnlyView", "&ReadOnlyView"] {
        assert!(!unshareable[name][sync], "{name} would share a Cell");
    }
    for name in ["&map", "&ReadOnlyView"] {
        assert!(!unshareable[name][send], "{name} would share a Cell");
    }
}
