//! What dashmap has and we have not yet. The list is here to be emptied.
//!
//! * from dashmap 7, of which there are candidates only: `mapref::entry_ref`, and the mapped guards' fewer parameters. An entry by a
//!   borrowed key can be had when that version is out and its names are settled; until then, `get_mut` first, or `upsert`
