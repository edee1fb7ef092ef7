//! What a cell says, in one word.
#![forbid(unsafe_code)]

/// How a thread is inside a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Shared = 1 << MODE_BITS,
    Exclusive = 2 << MODE_BITS,
}

impl Kind {
    /// Whether one who is inside in this way, and one who is in the other, exclude each other.
    pub(crate) fn excludes(self, other: Self) -> bool {
        self == Self::Exclusive || other == Self::Exclusive
    }
}

/// The lowest bits mean nothing: they are of the bias word that an entry was made under.
pub(crate) const MODE_BITS: u32 = 8;
const KIND_MASK: u64 = 0b11 << MODE_BITS;
/// The raw lock was taken, too; to be given back with the last of the entry's levels.
const RAW: u64 = 1 << (MODE_BITS + 2);
/// The cell's place is this entry's.
const PLACED: u64 = 1 << (MODE_BITS + 3);
/// The latch was taken; to be given back.
const LATCHED: u64 = 1 << (MODE_BITS + 4);
const DEPTH_SHIFT: u32 = MODE_BITS + 5;
const DEPTH_BITS: u32 = 13;
/// One more level; the outermost one counts as none.
const DEPTH_ONE: u64 = 1 << DEPTH_SHIFT;
const DEPTH_MASK: u64 = ((1 << DEPTH_BITS) - 1) << DEPTH_SHIFT;

/// Bits below the shard's id.
pub(crate) const UID_SHIFT: u32 = DEPTH_SHIFT + DEPTH_BITS;
/// Greatest id of a shard that fits: 2.7 × 10¹¹ shards in the life of a process.
pub(crate) const UID_MAX: u64 = (1 << (u64::BITS - UID_SHIFT)) - 1;

/// The shard's never-reused id, the depth of entry, the kind, and how it was entered. 0 is an empty cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(pub(super) u64);

impl Word {
    /// Of a shard whose id, shifted to its place, is this; below it may be a mode.
    #[inline(always)]
    pub(crate) fn of(shifted_uid: u64, kind: Kind) -> Self {
        Self(shifted_uid | kind as u64)
    }

    pub(crate) fn with_kind(self, kind: Kind) -> Self {
        Self(self.0 & !KIND_MASK | kind as u64)
    }

    /// The raw lock is held.
    #[inline]
    pub(crate) fn with_raw(self) -> Self {
        Self(self.0 | RAW)
    }

    /// The latch is held.
    #[inline(always)]
    pub(crate) fn with_latch(self) -> Self {
        Self(self.0 | LATCHED)
    }

    /// The cell's place says where the guard was taken.
    #[inline]
    pub(crate) fn with_place(self) -> Self {
        Self(self.0 | PLACED)
    }

    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn uid(self) -> u64 {
        self.0 >> UID_SHIFT
    }

    pub(crate) fn kind(self) -> Kind {
        if self.0 & KIND_MASK == Kind::Exclusive as u64 { Kind::Exclusive } else { Kind::Shared }
    }

    /// Whether the entry holds the raw lock.
    #[inline]
    pub(crate) fn is_raw(self) -> bool {
        self.0 & RAW != 0
    }

    pub(super) fn is_placed(self) -> bool {
        self.0 & PLACED != 0
    }

    /// Whether this is the entry's only level.
    #[inline]
    pub(crate) fn is_outermost(self) -> bool {
        self.0 & DEPTH_MASK == 0
    }

    /// Whether this is the entry's only level, and neither raw lock nor latch is held.
    #[inline(always)]
    pub(crate) fn is_plain(self) -> bool {
        self.0 & (DEPTH_MASK | RAW | LATCHED) == 0
    }

    /// Whether the entry holds the latch.
    #[inline(always)]
    pub(crate) fn is_latched(self) -> bool {
        self.0 & LATCHED != 0
    }

    pub(crate) fn can_deepen(self) -> bool {
        self.0 & DEPTH_MASK != DEPTH_MASK
    }

    pub(crate) fn deeper(self) -> Self {
        Self(self.0 + DEPTH_ONE)
    }

    pub(crate) fn shallower(self) -> Self {
        Self(self.0 - DEPTH_ONE)
    }
}
