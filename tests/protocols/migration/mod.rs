//! Migrations against whatever callers may do meanwhile.
//!
//! # Bounds
//!
//! Every model runs for each [case](case): five shapes of migration (1 → 2, 2 → 1, 1 → {a slot, the rest}, 1 → 1, 2 →
//! 2), by dual-write and by hand-over, with sources that are neutral, biased to readers, or owned by a thread, in a
//! store of 4 slots with a handful of keys, and steps of one entry. Two to five threads, of which one or two migrate,
//! each with a handful of operations; some hundreds of schedules for each case ([check](check)), half of them random
//! and half with few preemptions at random places (PCT, Burckhardt et al., ASPLOS 2010).
//!
//! # What is beside what
//!
//! Since every model runs for each case, each of these meets a split, a merge and an isolation, and the two other shapes, too:
//!
//! | operation | model |
//! | --- | --- |
//! | insert, and what makes a table grow | [`writes`]`::what_is_inserted_stays`, `what_moves_under_the_copy_is_copied`; [`growth`] |
//! | remove | [`writes`]`::what_is_removed_stays_away` |
//! | update, upsert | [`writes`]`::no_update_is_lost` |
//! | compare-exchange, alter, and all of them mixed | [`writes`]`::an_exchange_succeeds_once`, `own_keys_are_as_in_a_hash_map` |
//! | get, view, contains, and tries | [`reads`]`::a_key_that_is_there_throughout_is_never_missed`, `who_only_tries_never_misses_a_key`; [`waiting`]`::who_only_tries_gets_in_rightly_or_not_at_all` |
//! | guards, entries | [`guards`], all of them; [`waiting`]`::pending_writers_wait_for_the_last_of_nested_guards`, `threads_in_a_circle_are_told` |
//! | len | [`reads`]`::the_length_of_constant_content_is_constant` |
//! | iteration | [`reads`]`::an_iterator_meets_each_key_exactly_once`, [`plans`]`::iteration_goes_across_two_plans`, [`waiting`]`::an_iterators_thread_reads_on_beside_waiting_writers`; of `iter_mut`, [`bulk`]`::each_entry_is_changed_once` |
//! | retain | [`bulk`]`::what_is_not_retained_stays_away` |
//! | clear, alter_all, shrink_to_fit | [`bulk`]`::what_is_cleared_stays_away`, `each_value_is_altered_once_and_each_table_rebuilt_whole` |
//! | another decision | [`plans`]`::two_plans_take_turns`; of modes, [`waiting`]`::modes_change_beside_everybody`; of the policy, [`plans`]`::a_policy_comes_into_force` |
//! | shutdown | [`lifetimes`], both of them |
//!
//! # What this cannot see
//!
//! Weak memory: all atomics are sequentially consistent. Real time: waits with a time-out end after a few occasions for
//! others to go on. The tuner's own thread: its work on a store is done by threads of the model. What schedules happen
//! not to be chosen.

mod bulk;
mod case;
mod check;
mod growth;
mod guards;
mod lifetimes;
mod plans;
mod reads;
mod verification;
mod waiting;
mod writes;
