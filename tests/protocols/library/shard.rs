//! The shard's lock.

#[expect(dead_code, unused_imports, reason = "not all of the lock is modelled")]
#[path = "../../../src/shard/lock/mod.rs"]
mod lock;

pub(crate) use lock::{Operation, Pass, ShardLock, Stay, Visitor, Waits, owned_tag};
