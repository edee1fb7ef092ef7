//! The machine: what it has, and what its parts cost.

use crate::Costs;

/// Cores of a socket, where nothing else is said. As many as servers of today have.
const CORES_OF_A_SOCKET: u32 = 64;

/// A machine, as far as it matters to a store. Times are in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Machine {
    /// Cores.
    pub cores: u32,
    /// Sockets, over which the cores are spread evenly.
    pub sockets: u32,
    /// A cache line comes from another core of the same socket.
    pub near_ns: f64,
    /// A cache line comes from another socket.
    pub far_ns: f64,
    /// Part of such a time that an operation cannot overlap with its neighbours' work, as long as nobody else wants the line, 0 to 1.
    pub line_exposed: f64,
    /// What an operation takes outside of the lock, with all that it touches at hand.
    pub outside_ns: f64,
    /// What it takes inside the lock.
    pub inside_ns: f64,
    /// What it takes more there if it writes.
    pub write_ns: f64,
    /// What it takes if nobody could foresee whether it reads or writes.
    pub surprise_ns: f64,
    /// Announcing oneself in a shard of one's own, beyond what it takes in one that is read-biased without fences.
    pub owned_ns: f64,
    /// Entering a neutral shard, and leaving it.
    pub neutral_ns: f64,
    /// Announcing oneself in a fenced shard.
    pub fenced_ns: f64,
    /// Barrier for all cores.
    pub heavy_barrier_ns: f64,
    /// What an operation takes more that finds the lock taken, or has to revoke a bias.
    pub patient_ns: f64,
    /// What that takes more, if it has not happened on that core for a while: its code is not at hand.
    pub cold_ns: f64,
    /// The caches, the fastest first.
    pub caches: Vec<CacheLevel>,
    /// What a line that is in no cache takes, beyond one that is in the fastest.
    pub memory_ns: f64,
    /// Copying, verifying and dropping an entry in a migration.
    pub copy_ns: f64,
    /// Time for which a thread has a core before another has its turn.
    pub slice_ns: f64,
    /// One thread takes the place of another.
    pub switch_ns: f64,
}

/// A cache.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CacheLevel {
    /// Its size for each core, in bytes.
    pub bytes: u64,
    /// What a line in it takes, beyond one in the fastest, and not overlapped with other work.
    pub ns: f64,
}

impl Machine {
    /// Cores between which lines take 60 ns, which is what they take on the machine that the model is calibrated on, mostly; lines of
    /// other sockets take 220.
    ///
    /// ```
    /// use autoshard_tuning::simulator::Machine;
    ///
    /// assert_eq!(Machine::near(16).sockets, 1);
    /// assert_eq!(Machine::near(256).sockets, 4);
    /// ```
    #[must_use]
    pub fn near(cores: u32) -> Self {
        let cores = cores.max(1);
        Self {
            cores,
            sockets: cores.div_ceil(CORES_OF_A_SOCKET),
            near_ns: 60.0,
            far_ns: 220.0,
            line_exposed: 0.33,
            outside_ns: 5.0,
            inside_ns: 4.0,
            write_ns: 2.0,
            surprise_ns: 8.0,
            owned_ns: 1.8,
            neutral_ns: 6.0,
            fenced_ns: 3.5,
            heavy_barrier_ns: 8000.0,
            patient_ns: 200.0,
            cold_ns: 600.0,
            caches: vec![
                CacheLevel { bytes: 48 << 10, ns: 0.0 },
                CacheLevel { bytes: 2 << 20, ns: 2.2 },
                CacheLevel { bytes: 32 << 20, ns: 9.0 },
            ],
            memory_ns: 45.0,
            copy_ns: 60.0,
            slice_ns: 3e6,
            switch_ns: 2000.0,
        }
    }

    /// Cores of which each is as far from the next as if it had a socket of its own: how the machine at hand is at times.
    #[must_use]
    pub fn far(cores: u32) -> Self {
        let machine = Self::near(cores);
        Self { near_ns: machine.far_ns, ..machine }
    }

    /// What the parts of locking are taken to cost, as the store's own cost model has it.
    pub(super) fn costs(&self) -> Costs {
        Costs { remote_line_ns: self.near_ns, heavy_barrier_ns: self.heavy_barrier_ns, ..Costs::default() }
    }

    /// A line comes from one core to another, in picoseconds.
    pub(super) fn transfer(&self, from: u16, to: u16) -> u64 {
        let of_a_socket = self.cores.div_ceil(self.sockets.max(1)).max(1);
        let socket = |core: u16| u32::from(core) / of_a_socket;
        picoseconds(if socket(from) == socket(to) { self.near_ns } else { self.far_ns })
    }

    /// A line comes from one of the other cores, any of them alike: in the mean, in nanoseconds.
    pub(super) fn mean_transfer_ns(&self) -> f64 {
        let of_a_socket = f64::from(self.cores.div_ceil(self.sockets.max(1)));
        let others = f64::from(self.cores) - 1.0;
        if others <= 0.0 {
            return 0.0;
        }
        let near = (of_a_socket - 1.0) / others;
        near * self.near_ns + (1.0 - near) * self.far_ns
    }
}

/// Virtual time is counted in whole picoseconds, so that no order depends on rounding.
pub(super) fn picoseconds(nanoseconds: f64) -> u64 {
    (nanoseconds * 1e3).round().max(0.0) as u64
}
