//! A shard: a lock and a table.
//!
//! [`header`] has the shard's fixed place and all of it that is not generic, [`headers`] the places of all; [`lock`] is the way in and out of it;
//! [`cell`] hides the generic part (the table, and the [mark](crate::migration::Mark) of a migration) in the header;
//! [`guard`] opens it to whoever is inside.

mod cell;
mod guard;
mod header;
mod headers;
mod item;
mod lock;
mod whereabouts;

pub(crate) use cell::Contents;
pub(crate) use guard::{Found, ShardRead, ShardWrite, Way};
pub(crate) use header::{Header, HeaderStats};
pub(crate) use headers::Headers;
pub(crate) use item::Item;
#[cfg(feature = "rayon")]
pub(crate) use lock::refuse_waiting_for_oneself;
pub(crate) use lock::{Errand, Operation, Pass, Stay, Visitor, owned_tag, refuse_luck};
