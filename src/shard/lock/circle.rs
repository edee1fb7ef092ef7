//! Circles: threads each of which waits for a shard that the next one is inside, round to the first. None of them would ever go
//! on, so the one that closes a circle panics; its guards are dropped as it unwinds, and the others go on.
//!
//! # Why what is found is a circle, and every circle is found
//!
//! A thread that has waited for long, and is inside a shard itself, puts itself on one list for all. To come off the list, when it
//! got in, it needs the list's lock; so while somebody holds that, everybody on the list stands still. Nobody else writes its cells, so these stand
//! still, too; and while a cell says that somebody is inside a shard, nobody whom that excludes gets in. So what is seen of those on
//! the list, under the list's lock, is true of them all at once.
//!
//! Whoever puts itself on the list looks, under the same lock. Of the threads of a circle one comes last; it sees all others,
//! with the cells that they have had since they came.
//!
//! # What a circle is made of
//!
//! Entries: guards, operations whose closures go on to use a store, and iterators. Somebody who only queues is inside nothing, so
//! that nobody waits for it: a thread that is inside something passes queued writers when it reads. A circle of one is a thread that
//! wants to write where its own iterator stands; of its own guards it has been told before ([`ShardLock::reenter`](super::ShardLock)).
//!
//! What iterators hold may be dropped by other threads, so it is as true as their [stands](crate::presence::Standing) are: if what one of a
//! circle has yielded was moved to a thread that is not on the list, the alarm is a false one. There is none if that thread calls `next` or
//! ends with it before anybody has waited for long.

use std::{collections::VecDeque, ptr::NonNull};

use super::{
    ShardLock,
    refusal::{refuse_circle, refuse_waiting_for_oneself},
    visitor::Errand,
};
use crate::{
    presence::{Cell, Holding, Kind, Line},
    sync::{Mutex, statics},
};

statics! {
    /// In the order in which they came.
    static LIST: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());
}

/// A thread that has waited for long.
struct Waiting {
    line: &'static Line,
    /// What it waits for. Not the shard's id: the header may go to another shard meanwhile.
    lock: NonNull<ShardLock>,
    kind: Kind,
    errand: Errand,
}

// SAFETY: the lock is reached through the pointer as through a shared reference, and is `Sync`.
unsafe impl Send for Waiting {}

/// One thread's part in a circle, as far as it is to be told: what it waits for, and the entry of the next one that it waits for.
pub(super) struct Link {
    pub(super) wanted: (Kind, Errand),
    pub(super) held: Holding,
}

/// While it lives, the thread with this line is on the list.
pub(super) struct Listed(&'static Line);

impl Drop for Listed {
    fn drop(&mut self) {
        LIST.lock().retain(|waiting| !std::ptr::eq(waiting.line, self.0));
    }
}

/// Puts a thread that is about to wait for long on the list.
///
/// # Panics
///
/// If it closes a circle. It is not on the list then.
pub(super) fn list(line: &'static Line, lock: &ShardLock, kind: Kind, errand: Errand) -> Listed {
    let mut list = LIST.lock();
    list.push(Waiting { line, lock: NonNull::from(lock), kind, errand });
    let listed = Listed(line);
    let circle = find(&list);
    drop(list);
    match circle {
        None => listed,
        Some(links) => {
            drop(listed);
            match links.as_slice() {
                [Link { held, .. }] => refuse_waiting_for_oneself(kind, errand, *held),
                links => refuse_circle(links),
            }
        }
    }
}

impl Waiting {
    /// The entry that `other` waits for, if this thread has it.
    fn bars(&self, other: &Self) -> Option<Holding> {
        // SAFETY: `other` is on the list, and so within a method of the lock, which lives as long.
        let uid = unsafe { other.lock.as_ref() }.uid();
        let cell = self.line.cells.barring(uid, other.kind).map(Cell::holding);
        cell.or_else(|| self.line.stands.barring(uid, other.kind))
    }
}

/// The shortest circle that the last on the list closes, from that one on.
fn find(list: &[Waiting]) -> Option<Vec<Link>> {
    let last = list.len() - 1;
    // For whom it is known: somebody who waits for it, and for which entry.
    let mut waited_for: Vec<Option<(usize, Holding)>> = list.iter().map(|_| None).collect();
    let mut queue = VecDeque::from([last]);
    while let Some(waiter) = queue.pop_front() {
        for (holder, waiting) in list.iter().enumerate() {
            if waited_for[holder].is_some() {
                continue;
            }
            let Some(held) = waiting.bars(&list[waiter]) else { continue };
            waited_for[holder] = Some((waiter, held));
            if holder == last {
                return Some(trace_back(list, &waited_for));
            }
            queue.push_back(holder);
        }
    }
    None
}

/// From the last on the list against the direction of waiting, round to itself; then turned.
fn trace_back(list: &[Waiting], waited_for: &[Option<(usize, Holding)>]) -> Vec<Link> {
    let last = list.len() - 1;
    let mut links = Vec::new();
    let mut holder = last;
    while let Some((waiter, held)) = waited_for[holder] {
        let Waiting { kind, errand, .. } = list[waiter];
        links.push(Link { wanted: (kind, errand), held });
        holder = waiter;
        if waiter == last {
            break;
        }
    }
    links.reverse();
    links
}
