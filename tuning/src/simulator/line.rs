//! A cache line that several cores write.

use super::machine::Machine;

/// Who has a line, and who gets it next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Whoever has it, until it leaves.
    owner: u16,
    leaves: u64,
    /// Whoever gets it last of those who have asked, and when. The owner himself, where nobody has.
    last: u16,
    arrives: u64,
}

/// How a line comes to somebody who asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    /// When it is there.
    pub(super) at: u64,
    /// Of that, its way from the core that had it before.
    pub(super) transfer: u64,
    /// Others had asked for it before, who get it first.
    pub(super) queued: bool,
    /// So many of them that whoever gets it loses it to the next at once.
    pub(super) crowded: bool,
}

impl Line {
    /// A line that a core has.
    pub(super) fn of(core: u16) -> Self {
        Self { owner: core, leaves: 0, last: core, arrives: 0 }
    }

    /// Nobody has asked for it.
    pub(super) fn rest(&mut self) {
        *self = Self::of(self.last);
    }

    /// A core asks for it. Whoever has it goes on with it until the question has reached him, half-way of the transfer; those who
    /// ask get it one after another.
    pub(super) fn take(&mut self, core: u16, now: u64, machine: &Machine) -> Arrival {
        if now >= self.arrives {
            self.owner = self.last;
        }
        let is_here = core == self.owner && (self.owner == self.last || now < self.leaves);
        if is_here {
            return Arrival { at: now, transfer: 0, queued: false, crowded: false };
        }
        if core == self.last {
            // Under way to this core, for another of its threads.
            return Arrival { at: self.arrives.max(now), transfer: 0, queued: true, crowded: false };
        }
        let transfer = machine.transfer(self.last, core);
        let queued = self.arrives > now;
        if self.owner == self.last {
            self.leaves = now + transfer / 2;
        }
        self.arrives = self.arrives.max(now) + transfer;
        self.last = core;
        // Two cores never come to that: each has asked once at most.
        let crowded = self.arrives - now > 2 * transfer;
        Arrival { at: self.arrives, transfer, queued, crowded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSFER: u64 = 60_000;

    #[test]
    fn an_owner_goes_on_until_the_line_leaves() {
        let machine = Machine::near(4);
        let mut line = Line::of(0);
        assert_eq!(
            line.take(1, 1000, &machine),
            Arrival { at: 1000 + TRANSFER, transfer: TRANSFER, queued: false, crowded: false }
        );
        assert_eq!(line.take(0, 2000, &machine).at, 2000, "still here");
        let back = line.take(0, 50_000, &machine);
        assert_eq!(
            back,
            Arrival { at: 1000 + 2 * TRANSFER, transfer: TRANSFER, queued: true, crowded: false },
            "after the other"
        );
    }

    #[test]
    fn those_who_ask_get_it_one_after_another() {
        let machine = Machine::near(4);
        let mut line = Line::of(0);
        let arrivals = [1, 2, 3].map(|core| line.take(core, 0, &machine));
        assert_eq!(arrivals.map(|arrival| arrival.at), [TRANSFER, 2 * TRANSFER, 3 * TRANSFER]);
        assert_eq!(arrivals.map(|arrival| arrival.crowded), [false, false, true]);
    }

    #[test]
    fn a_line_that_nobody_asks_for_stays() {
        let machine = Machine::near(4);
        let mut line = Line::of(0);
        line.take(1, 0, &machine);
        assert_eq!(
            line.take(1, 10 * TRANSFER, &machine),
            Arrival { at: 10 * TRANSFER, transfer: 0, queued: false, crowded: false }
        );
    }
}
