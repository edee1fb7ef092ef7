//! What dashmap has and we have not yet. The list is here to be emptied.
//!
//! * the parameter `M` of `iter::Iter`, `iter::IterMut` and `iter_set::Iter`, and the trait `Map` (both gone in dashmap 7)
//! * from dashmap 7: `mapref::entry_ref`, and the mapped guards' fewer parameters
//!
//! Belongs to the feature of the same name:
//!
//! * `typesize`: `TypeSize` of maps and sets
//! * `arbitrary`: `Arbitrary` of maps
//! * `inline`
