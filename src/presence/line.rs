//! Lines: one per thread that uses a store, never freed, lent again after their thread has ended.

use std::cell::Cell;

use super::{
    cell::Cells,
    holding::Holding,
    ring::{Ring, Sample},
    roll::Roll,
    stand::Stands,
};
use crate::{
    shard::owned_tag,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
        leak, statics, thread_local,
    },
};

statics! {
    /// Every line there is, lent or not.
    static LINES: Roll = Roll::new();
    /// Held by whoever empties the rings.
    static COLLECTOR: Mutex<()> = Mutex::new(());
    /// Accesses per sample, in the mean: one figure for the process, since one countdown serves all stores.
    /// Until a store is known to the tuner, the default policy's.
    static SAMPLE_MEAN: AtomicU32 = AtomicU32::new(SAMPLE_MEAN_FIRST);
    /// What the logarithm of a uniform number is multiplied by to draw from that mean: bits of an `f64`.
    static SAMPLE_SCALE: AtomicU64 = AtomicU64::new(SCALE_FIRST.to_bits());
    /// Samples refused by a full ring.
    static SAMPLES_LOST: AtomicU64 = AtomicU64::new(0);
}

/// Countdowns that a thread passes over when its ring is full. A guess: at 16 accesses a sample, a lost one in a thousand
/// accesses costs nothing, and sampling goes on within microseconds once there is room.
const REST_AFTER_LOSS: u32 = 64;

/// Accesses per sample, in the mean, until a tuner says otherwise: the default policy's.
pub(crate) const SAMPLE_MEAN_FIRST: u32 = 16;

/// [`scale_of`] the first mean, which no constant can compute.
const SCALE_FIRST: f64 = -15.49462216322538;

/// What the logarithm of a uniform number is multiplied by to draw a countdown of that mean, in samples and what comes between.
fn scale_of(mean: u32) -> f64 {
    if mean <= 1 { 0.0 } else { 1.0 / (1.0 - 1.0 / f64::from(mean)).ln() }
}

/// What one thread says of itself. Aligned to two cache lines, because processors fetch lines in pairs. The first has all that
/// an operation writes, and all that a revoker reads.
#[repr(C, align(128))]
pub(crate) struct Line {
    /// The shards that its owner is inside.
    pub(crate) cells: Cells,
    /// Accesses left until the next sample.
    countdown: AtomicU32,
    /// What the bias word of a shard that the owner owns says besides the id.
    pub(crate) owned_tag: u64,
    /// Which of all lines it is; samples are told apart by it, and owners of shards named.
    pub(crate) index: u32,
    /// State of the generator that draws the countdown.
    random: AtomicU64,
    /// Whether a living thread has it.
    lent: AtomicBool,
    /// Made at the first sample that is kept.
    ring: OnceLock<Ring>,
    /// The shards that the owner's iterators are in; these may be dropped by other threads.
    pub(crate) stands: Stands,
}

impl Line {
    pub(super) fn new(index: u32) -> Self {
        // Odd, and so never 0.
        let seed = 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(u64::from(index) + 1) | 1;
        Self {
            index,
            cells: Cells::default(),
            countdown: AtomicU32::new(0),
            owned_tag: owned_tag(index),
            random: AtomicU64::new(seed),
            lent: AtomicBool::new(true),
            ring: OnceLock::new(),
            stands: Stands::new(),
        }
    }

    /// Whether the next access is to be sampled. For the owner alone.
    #[inline(always)]
    pub(crate) fn is_sample_due(&self) -> bool {
        self.countdown.load(Ordering::Relaxed) == 0
    }

    /// Counts an access that is not to be sampled. For the owner alone.
    #[inline(always)]
    pub(crate) fn count_down(&self) {
        self.countdown.store(self.countdown.load(Ordering::Relaxed).wrapping_sub(1), Ordering::Relaxed);
    }

    /// `true` about once in `n` accesses, of which the last sample decides the rhythm.
    pub(crate) fn is_one_in(&self, n: u32) -> bool {
        self.countdown.load(Ordering::Relaxed).is_multiple_of(n)
    }

    /// Whether the owner is inside a shard: by a guard, an operation, or an iterator.
    pub(crate) fn holds_guard(&self) -> bool {
        !self.cells.is_empty() || !self.stands.is_empty()
    }

    /// What is another after each access of the owner's; for anybody.
    pub(crate) fn pulse(&self) -> Pulse {
        Pulse { countdown: self.countdown.load(Ordering::Relaxed), random: self.random.load(Ordering::Relaxed) }
    }

    /// All shards that the owner is inside; for the owner.
    pub(crate) fn holdings(&self) -> impl Iterator<Item = Holding> {
        self.cells.holdings().chain(self.stands.holdings())
    }

    /// Draws the next countdown. For the owner alone.
    pub(crate) fn restart_countdown(&self) {
        self.countdown.store(self.draw(f64::from_bits(SAMPLE_SCALE.load(Ordering::Relaxed))), Ordering::Relaxed);
    }

    /// Keeps a sample. Where there is no room for it, none is taken for a while: nobody collects, or too slowly. For the owner
    /// alone.
    pub(crate) fn keep(&self, sample: Sample) {
        if !self.ring.get_or_init(Ring::new).push(sample) {
            SAMPLES_LOST.fetch_add(1, Ordering::Relaxed);
            let left = self.countdown.load(Ordering::Relaxed);
            self.countdown.store((left + 1).saturating_mul(REST_AFTER_LOSS), Ordering::Relaxed);
        }
    }

    /// Accesses to pass over before the next sample, by [`scale_of`] their mean: geometric, so that each access is sampled with probability
    /// 1/`mean`, whatever the rhythm of the accesses, and the binomial bounds of the tracker hold.
    fn draw(&self, scale: f64) -> u32 {
        // xorshift64* (Vigna, 2016); the state is never 0.
        let mut state = self.random.load(Ordering::Relaxed);
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.random.store(state, Ordering::Relaxed);
        let uniform = (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64;
        ((1.0 - uniform).ln() * scale) as u32
    }
}

/// How far a line's owner has come with its accesses. The same twice means that there was none in between.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pulse {
    countdown: u32,
    /// Drawn anew whenever the countdown begins again.
    random: u64,
}

thread_local! {
    // A plain pointer without a destructor, so that it can be read as long as the thread runs.
    static CURRENT: Cell<Option<&'static Line>> = const { Cell::new(None) };
    static LOAN: Loan = const { Loan { ended: Cell::new(false) } };
}

/// Hands the thread's line back when the thread ends.
struct Loan {
    ended: Cell<bool>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.ended.set(true);
        if let Ok(Some(line)) = CURRENT.try_with(Cell::take) {
            // Release: pairs with the Acquire in `borrow_line`; the next owner sees countdown and ring as they were left.
            line.lent.store(false, Ordering::Release);
        }
    }
}

/// The calling thread's line; `None` once its thread-locals are gone.
pub(crate) fn current() -> Option<&'static Line> {
    current_if_any().or_else(borrow_line)
}

/// The calling thread's line; `None` if it has none yet, or none any more.
#[inline(always)]
pub(crate) fn current_if_any() -> Option<&'static Line> {
    CURRENT.with(Cell::get)
}

#[cold]
fn borrow_line() -> Option<&'static Line> {
    // Registers the destructor first: a thread that cannot hand its line back must not get one.
    let alive = LOAN.try_with(|loan| !loan.ended.get()).unwrap_or(false);
    if !alive {
        return None;
    }
    let line = LINES.find_or_add(
        // Acquire: see `Loan::drop`.
        |line| {
            let is_free = !line.lent.load(Ordering::Acquire) && !line.holds_guard();
            is_free.then(|| line.lent.store(true, Ordering::Relaxed)).is_some()
        },
        |index| {
            let line = leak(Line::new(index));
            // Drawn like any other, or the first access of every short-lived thread would be sampled.
            line.restart_countdown();
            line
        },
    );
    CURRENT.with(|current| current.set(Some(line)));
    Some(line)
}

/// Empties all rings, and tells of each sample by which line's owner it was; waits for whoever is about it. Costs a visit
/// to each line that was ever lent.
pub(crate) fn collect(mut each: impl FnMut(u32, Sample)) {
    let _collector = COLLECTOR.lock();
    for line in LINES.iter() {
        if let Some(ring) = line.ring.get() {
            ring.drain(|sample| each(line.index, sample));
        }
    }
}

/// Every line there is, lent or not; those that are added meanwhile may be missed. Takes no lock.
pub(crate) fn lines() -> impl Iterator<Item = &'static Line> {
    LINES.iter()
}

/// Lines that living threads have.
pub(crate) fn lines_lent() -> u32 {
    lines().filter(|line| line.lent.load(Ordering::Relaxed)).count() as u32
}

/// Sets the accesses per sample; each thread goes by it from its next sample on.
pub(crate) fn set_sample_mean(mean: u32) {
    SAMPLE_MEAN.store(mean.max(1), Ordering::Relaxed);
    SAMPLE_SCALE.store(scale_of(mean).to_bits(), Ordering::Relaxed);
}

/// Accesses per sample, in the mean.
pub(crate) fn sample_mean() -> u32 {
    SAMPLE_MEAN.load(Ordering::Relaxed)
}

/// Samples of this process that found their thread's ring full.
pub(crate) fn samples_lost() -> u64 {
    SAMPLES_LOST.load(Ordering::Relaxed)
}

/// Samples that would have been taken until now, had there been room: with each one that was lost, others were passed over.
pub(crate) fn samples_missed() -> u64 {
    samples_lost().saturating_mul(u64::from(REST_AFTER_LOSS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::{Kind, UID_MAX, UID_SHIFT, Word};

    #[test]
    fn countdowns_have_the_mean_that_was_asked_for_and_no_rhythm() {
        let line = Line::new(1);
        assert!((SCALE_FIRST - scale_of(SAMPLE_MEAN_FIRST)).abs() < 1e-12);
        for mean in [1, 2, 64, 1000] {
            let rounds = 200_000;
            let total: u64 = (0..rounds).map(|_| u64::from(line.draw(scale_of(mean))) + 1).sum();
            let found = total as f64 / f64::from(rounds);
            assert!((found / f64::from(mean) - 1.0).abs() < 0.02, "mean {mean}, found {found}");
        }
        let distinct: std::collections::HashSet<_> = (0..1000).map(|_| line.draw(scale_of(64))).collect();
        assert!(distinct.len() > 100);
    }

    #[test]
    fn a_line_is_lent_again_only_after_its_thread_and_its_cells_are_done() {
        let first = std::thread::spawn(|| {
            let line = current().expect("a living thread has a line");
            let word = Word::of(UID_MAX << UID_SHIFT, Kind::Shared);
            line.cells.vacant().write(word);
            std::ptr::from_ref(line) as usize
        });
        let first = first.join().expect("the thread does not panic");
        for _ in 0..50 {
            let other = std::thread::spawn(|| std::ptr::from_ref(current().expect("alive")) as usize);
            assert_ne!(other.join().expect("the thread does not panic"), first, "its cell is still in use");
        }
    }
}
