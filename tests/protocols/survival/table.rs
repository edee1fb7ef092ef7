//! Which model catches which mutant: of those that do, the quickest.

use crate::mutants::Mutant::{self, *};

/// A model checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Loom,
    Shuttle,
}

impl Tool {
    /// The one that this executable is built for.
    pub(super) const AT_HAND: Self = if cfg!(autoshard_loom) { Self::Loom } else { Self::Shuttle };
}

/// That a model catches a mutant.
pub(super) struct Claim {
    pub(super) tool: Tool,
    pub(super) model: &'static str,
    /// The mutant, and after it the fault beside which alone it shows.
    pub(super) on: &'static [Mutant],
}

impl Claim {
    /// The faults that the model gets the better of as long as the mutant is not on.
    pub(super) fn beside(&self) -> &'static [Mutant] {
        &self.on[1..]
    }
}

const fn loom(model: &'static str, on: &'static [Mutant]) -> Claim {
    Claim { tool: Tool::Loom, model, on }
}

const fn shuttle(model: &'static str, on: &'static [Mutant]) -> Claim {
    Claim { tool: Tool::Shuttle, model, on }
}

pub(super) const CLAIMS: &[Claim] = &[
    // Invariant 1: one owner.
    shuttle("migration::reads::a_key_that_is_there_throughout_is_never_missed", &[SlotLeftBehind]),
    shuttle("migration::reads::the_length_of_constant_content_is_constant", &[SourcesKeepSlots]),
    // Invariant 2: inside the named shard.
    shuttle("migration::writes::no_update_is_lost", &[NoSecondLookAtOnce]),
    shuttle("migration::writes::no_update_is_lost", &[NoSecondLookWaiting]),
    shuttle("migration::reads::who_only_tries_never_misses_a_key", &[NoSecondLookTrying]),
    // Invariant 3: targets are invisible.
    shuttle("migration::reads::a_key_that_is_there_throughout_is_never_missed", &[TargetsNamedEarly]),
    shuttle("migration::plans::iteration_goes_across_two_plans", &[TargetsNotHeld]),
    loom("orderings::a_sum_over_shards_is_never_torn", &[SequenceStaysEven]),
    // Invariant 4: targets equal sources.
    shuttle("migration::writes::what_is_removed_stays_away", &[RemovalsNotMirrored]),
    shuttle("migration::writes::no_update_is_lost", &[ChangesNotMirrored]),
    shuttle("migration::writes::what_is_inserted_stays", &[InsertionsNotMirrored]),
    shuttle("migration::writes::what_moves_under_the_copy_is_copied", &[BackfillGoesOn]),
    shuttle("migration::verification::what_is_copied_wrongly_never_serves", &[NotVerified, CopiesMisplaced]),
    shuttle("migration::verification::what_is_copied_wrongly_never_serves", &[NotVerifiedForth, CopiesMisplaced]),
    shuttle("migration::verification::what_is_copied_wrongly_never_serves", &[NotVerifiedBack, CopiesMisplaced]),
    shuttle("migration::verification::what_is_copied_wrongly_never_serves", &[CountsNotCompared, CopiesDoubled]),
    shuttle("migration::reads::a_key_that_is_there_throughout_is_never_missed", &[LooksInSourceOnly]),
    shuttle("migration::reads::the_length_of_constant_content_is_constant", &[MovedNotCounted]),
    shuttle("migration::bulk::each_entry_is_changed_once", &[CutOverThoughAborted]),
    shuttle("migration::guards::a_guard_held_for_long_costs_the_migration_and_nothing_else", &[TargetsFreedMarked]),
    shuttle("migration::bulk::each_entry_is_changed_once", &[MarkStays]),
    // Invariant 5: one migration.
    shuttle("migration::growth::what_makes_a_shard_grow_is_inserted_once", &[GoneSourceMarked]),
    shuttle("migration::growth::what_makes_a_shard_grow_is_inserted_once", &[MarkedShardSplit]),
    // Invariant 6: nobody waits on a waiter.
    shuttle("migration::guards::readers_of_each_others_shards_pass_waiting_writers", &[WaitsWhileHolding]),
    // The store's end.
    shuttle("migration::lifetimes::a_dropped_store_drops_each_value_once", &[ClosedDuringStep]),
    // The lock: announced entries and revokers.
    loom("lock::biased::a_reader_sees_whole_writes", &[EntryNotFenced]),
    loom("lock::biased::a_reader_sees_whole_writes", &[ClosedWithoutFence]),
    loom("lock::changes::a_writer_comes_between_closing_and_the_barrier", &[NoHeavyBarrier]),
    loom("lock::biased::a_reader_sees_whole_writes", &[NoLookAfterAnnouncing]),
    loom("lock::biased::a_reader_sees_whole_writes", &[NobodyAwaited]),
    loom("lock::biased::a_nested_reader_keeps_the_writer_out_to_the_last", &[ClearedEarly]),
    loom("lock::owned::ownership_goes_from_one_to_the_other", &[ModeChangedUnpaid]),
    loom("lock::changes::a_writer_comes_between_closing_and_the_barrier", &[SeenBeforeBarrier]),
    loom("lock::left_over::a_shard_closed_before_its_barrier_is_not_reopened", &[ClosedReopened]),
    // The lock: raw lock and latch.
    loom("lock::biased::a_nested_reader_keeps_the_writer_out_to_the_last", &[NoLookInNeutral]),
    loom("lock::biased::a_reader_sees_whole_writes", &[NoLookAtRawLock]),
    // The lock: headers that go to another shard.
    loom("lock::left_over::an_owners_shard_that_is_gone_does_not_stay_owned", &[NotSettled]),
    shuttle("migration::growth::what_makes_a_shard_grow_is_inserted_once", &[NotSettled]),
    loom("lock::left_over::a_shard_that_is_gone_does_not_stay_biased", &[SettledAtALook, ClosedReopened]),
    loom("lock::left_over::a_passer_by_does_not_bring_the_old_id_back", &[RenewedOverLatch]),
    loom("lock::changes::a_target_is_not_named_beside_a_stale_visitor_with_the_latch", &[LeafBesideLatch]),
    // The lock: what is handed on.
    loom("lock::biased::a_reader_sees_whole_writes", &[ClearedRelaxed]),
    loom("lock::biased::a_reader_sees_whole_writes", &[CellsReadRelaxed]),
    loom("lock::biased::a_reader_sees_whole_writes", &[GivenBackRelaxed]),
    loom("lock::biased::a_reader_sees_whole_writes", &[UnlatchedRelaxed]),
    loom("lock::biased::a_reader_sees_whole_writes", &[WordReadRelaxed]),
];
