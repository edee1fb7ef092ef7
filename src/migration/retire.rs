//! Retirement: tables that nobody needs any more, dropped in bounded steps and under no lock.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use hashbrown::{HashTable, hash_table::IntoIter};

use super::budget::Budget;
use crate::shard::Item;

/// Drops a table, and all of its entries though some of them panic; returns the first panic.
pub(crate) fn drop_table<K, V>(table: HashTable<Item<K, V>>) -> Option<Box<dyn Any + Send>> {
    let mut first_panic = None;
    if mem::needs_drop::<Item<K, V>>() {
        for item in table {
            first_panic = first_panic.or(catch_unwind(AssertUnwindSafe(|| drop(item))).err());
        }
    }
    first_panic
}

/// Tables that wait to be dropped.
pub(super) struct Retired<K, V> {
    pub(super) tables: Vec<HashTable<Item<K, V>>>,
    /// Boxed, since most stores never have one.
    draining: Option<Box<IntoIter<Item<K, V>>>>,
}

impl<K, V> Retired<K, V> {
    pub(super) fn new() -> Self {
        Self { tables: Vec::new(), draining: None }
    }

    /// Drops entries within the budget; `false` if there was nothing to do. A panic in the user's `Drop` costs that entry.
    pub(super) fn drop_some(&mut self, budget: &mut Budget) -> bool {
        let next = self.draining.take().or_else(|| self.tables.pop().map(|table| Box::new(table.into_iter())));
        let Some(mut draining) = next else { return false };
        if mem::needs_drop::<Item<K, V>>() {
            for item in draining.by_ref() {
                // Reported by the panic hook already; the store has no further use for the entry.
                drop(catch_unwind(AssertUnwindSafe(|| drop(item))));
                if budget.spend(true) {
                    self.draining = Some(draining);
                    return true;
                }
            }
        }
        true
    }
}
