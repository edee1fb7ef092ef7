//! The bias word: a shard's mode and its id in one word, so that one load tells both, and one comparison whether either
//! has changed.
#![forbid(unsafe_code)]

use autoshard_tuning::Bias;

use crate::presence::{Kind, MODE_BITS, UID_SHIFT, Word};

// The owner's number, if there is one, is between mode and id.
const MODE_MASK: u64 = (1 << MODE_BITS) - 1;

/// Greatest number of a line that can own a shard: later ones never do.
const OWNER_MAX: u32 = (1 << (UID_SHIFT - MODE_BITS)) - 1;

const NEUTRAL: u64 = 0;
const FENCED: u64 = 1;
const ASYMMETRIC: u64 = 2;
const OWNED: u64 = 3;
const REVOKED: u64 = 4;
const UNSEEN: u64 = 5;
const LATCHED: u64 = 6;

/// A mode, the number of its owner, and the shard's never-reused id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BiasWord(pub(super) u64);

/// What a bias word says, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nobody is inside by announcement alone: the raw lock says all.
    Neutral,
    /// Readers announce themselves, with a fence.
    Fenced,
    /// Readers announce themselves, without one.
    Asymmetric,
    /// The owner announces itself, to read and to write, without a fence.
    Owned(u32),
    /// Nobody announces itself any more, but some who did may still be inside. All of them can be seen.
    Revoked,
    /// As `Revoked`, but only a heavy barrier makes sure that all can be seen.
    Unseen,
    /// Neutral, and somebody is inside exclusively without the raw lock, or is about to find that he cannot be.
    Latched,
}

/// The part of a bias word that says `Owned` by the line with this number; no word has it if the number is too large.
pub(crate) fn owned_tag(line: u32) -> u64 {
    if line > OWNER_MAX { u64::MAX } else { u64::from(line) << MODE_BITS | OWNED }
}

/// The part of a bias word that says so; [`Neutral`](Bias::Neutral) for an owner whose number is too large.
pub(super) fn tag(bias: Bias) -> u32 {
    match bias {
        Bias::Fenced => FENCED as u32,
        Bias::Asymmetric => ASYMMETRIC as u32,
        Bias::Owned(line) if line <= OWNER_MAX => owned_tag(line) as u32,
        _ => NEUTRAL as u32,
    }
}

impl BiasWord {
    pub(super) fn neutral(uid: u64) -> Self {
        Self(uid << UID_SHIFT | NEUTRAL)
    }

    #[inline]
    pub(super) fn uid(self) -> u64 {
        self.0 >> UID_SHIFT
    }

    /// Mode and owner, without the id.
    #[inline(always)]
    pub(super) fn tag(self) -> u64 {
        self.0 & ((1 << UID_SHIFT) - 1)
    }

    #[inline(always)]
    fn is(self, mode: u64) -> bool {
        self.0 & MODE_MASK == mode
    }

    #[inline(always)]
    pub(super) fn is_neutral(self) -> bool {
        self.is(NEUTRAL)
    }

    #[inline(always)]
    pub(super) fn is_fenced(self) -> bool {
        self.is(FENCED)
    }

    #[inline(always)]
    pub(super) fn is_asymmetric(self) -> bool {
        self.is(ASYMMETRIC)
    }

    /// The same shard, in another mode.
    pub(super) fn with_tag(self, tag: u32) -> Self {
        Self(self.0 >> UID_SHIFT << UID_SHIFT | u64::from(tag))
    }

    pub(super) fn revoked(self) -> Self {
        self.with_tag(REVOKED as u32)
    }

    pub(super) fn unseen(self) -> Self {
        self.with_tag(UNSEEN as u32)
    }

    /// From neutral to latched.
    #[inline(always)]
    pub(super) fn latched(self) -> Self {
        debug_assert!(self.is_neutral());
        Self(self.0 | LATCHED)
    }

    /// What a cell says of whoever is inside this shard in this way.
    pub(super) fn entry(self, kind: Kind) -> Word {
        Word::of(self.0 >> UID_SHIFT << UID_SHIFT, kind)
    }

    /// As [`entry`](Self::entry), for a mode without an owner, where nothing need be masked.
    #[inline(always)]
    pub(super) fn entry_unowned(self, kind: Kind) -> Word {
        debug_assert!(!matches!(self.mode(), Mode::Owned(_)));
        Word::of(self.0, kind)
    }

    pub(super) fn mode(self) -> Mode {
        match self.tag() & MODE_MASK {
            NEUTRAL => Mode::Neutral,
            FENCED => Mode::Fenced,
            ASYMMETRIC => Mode::Asymmetric,
            OWNED => Mode::Owned((self.tag() >> MODE_BITS) as u32),
            UNSEEN => Mode::Unseen,
            LATCHED => Mode::Latched,
            _ => Mode::Revoked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_what_was_put_into_it() {
        let word = BiasWord::neutral(77);
        for (bias, mode) in [
            (Bias::Neutral, Mode::Neutral),
            (Bias::Fenced, Mode::Fenced),
            (Bias::Asymmetric, Mode::Asymmetric),
            (Bias::Owned(0), Mode::Owned(0)),
            (Bias::Owned(OWNER_MAX), Mode::Owned(OWNER_MAX)),
            (Bias::Owned(OWNER_MAX + 1), Mode::Neutral),
        ] {
            let word = word.with_tag(tag(bias));
            assert_eq!((word.uid(), word.mode()), (77, mode));
        }
        assert_eq!(word.revoked().mode(), Mode::Revoked);
        assert_eq!(word.unseen().mode(), Mode::Unseen);
        assert_eq!((word.latched().uid(), word.latched().mode()), (77, Mode::Latched));
    }

    #[test]
    fn a_line_with_too_large_a_number_owns_nothing() {
        let tags = [Bias::Neutral, Bias::Fenced, Bias::Asymmetric, Bias::Owned(OWNER_MAX)].map(tag);
        assert!(tags.iter().all(|&tag| u64::from(tag) != owned_tag(OWNER_MAX + 1)));
    }
}
