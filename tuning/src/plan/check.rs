//! Whether a plan fits a directory.

use std::{error::Error, fmt};

use crate::{Group, Plan, ShardId, SlotId};

/// Why a plan cannot be carried out in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// A group has no source or no target.
    EmptyGroup {
        /// The group's index.
        group: usize,
    },
    /// A target has no slot.
    EmptyTarget {
        /// The group's index.
        group: usize,
        /// The target's index in the group.
        target: usize,
    },
    /// A source owns no slot.
    UnknownShard {
        /// The source.
        shard: ShardId,
    },
    /// A shard is a source twice.
    RepeatedShard {
        /// The source.
        shard: ShardId,
    },
    /// A target has a slot that is not one of its group's sources'.
    ForeignSlot {
        /// The group's index.
        group: usize,
        /// The slot.
        slot: SlotId,
    },
    /// A slot is in two targets.
    RepeatedSlot {
        /// The slot.
        slot: SlotId,
    },
    /// A slot of a source is in no target.
    MissingSlot {
        /// The slot.
        slot: SlotId,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyGroup { group } => write!(f, "group {group} needs at least one source and one target"),
            Self::EmptyTarget { group, target } => {
                write!(f, "target {target} of group {group} needs at least one slot")
            }
            Self::UnknownShard { shard } => write!(f, "shard {shard} owns no slot and cannot be replaced"),
            Self::RepeatedShard { shard } => {
                write!(f, "shard {shard} can be replaced only once, but is a source twice")
            }
            Self::ForeignSlot { group, slot } => {
                write!(f, "slot {slot} is in a target of group {group}, but belongs to none of its sources")
            }
            Self::RepeatedSlot { slot } => write!(f, "slot {slot} can be in only one target, but is in two"),
            Self::MissingSlot { slot } => write!(f, "slot {slot} of a source must be in a target, but is in none"),
        }
    }
}

impl Error for PlanError {}

/// What is known of a slot while a plan is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Its shard stays.
    Untouched,
    /// Its shard is a source of this group.
    Leaving(usize),
    /// It was found in a target.
    Placed,
}

impl Plan {
    /// Checks that the plan fits a directory: each group's targets hold, together and without overlap, exactly the
    /// slots of its sources; no shard is replaced twice; nothing is empty.
    ///
    /// Takes time in proportion to the number of slots and of shards named.
    ///
    /// # Errors
    ///
    /// The first fault found.
    pub fn validate(&self, directory: &[ShardId]) -> Result<(), PlanError> {
        let group_of_shard = self.sources(directory)?;
        let leaving = |shard: &ShardId| group_of_shard[usize::from(*shard)].map_or(Place::Untouched, Place::Leaving);
        let mut places: Vec<Place> = directory.iter().map(leaving).collect();
        for (index, group) in self.groups.iter().enumerate() {
            place_slots(index, group, &mut places)?;
        }
        let missing = places.iter().position(|place| matches!(place, Place::Leaving(_)));
        missing.map_or(Ok(()), |slot| Err(PlanError::MissingSlot { slot: slot as SlotId }))
    }

    /// The group of each shard that is replaced, by the shard's id.
    fn sources(&self, directory: &[ShardId]) -> Result<Vec<Option<usize>>, PlanError> {
        let ids = directory.iter().max().map_or(0, |&id| usize::from(id) + 1);
        let mut in_use = vec![false; ids];
        directory.iter().for_each(|&shard| in_use[usize::from(shard)] = true);
        let mut group_of_shard = vec![None; ids];
        for (group, Group { sources, targets }) in self.groups.iter().enumerate() {
            if sources.is_empty() || targets.is_empty() {
                return Err(PlanError::EmptyGroup { group });
            }
            for &shard in sources {
                if !in_use.get(usize::from(shard)).is_some_and(|&used| used) {
                    return Err(PlanError::UnknownShard { shard });
                }
                if group_of_shard[usize::from(shard)].replace(group).is_some() {
                    return Err(PlanError::RepeatedShard { shard });
                }
            }
        }
        Ok(group_of_shard)
    }

    /// The number of shards after the plan was carried out, from the number before.
    ///
    /// ```
    /// let directory = autoshard_tuning::initial_directory(64, 4);
    /// let plan = autoshard_tuning::plan_to_count(&directory, &[], 7);
    /// assert_eq!(plan.shards_after(4), 7);
    /// ```
    #[must_use]
    pub fn shards_after(&self, shards_before: usize) -> usize {
        let sources: usize = self.groups.iter().map(|group| group.sources.len()).sum();
        let targets: usize = self.groups.iter().map(|group| group.targets.len()).sum();
        (shards_before + targets).saturating_sub(sources)
    }
}

fn place_slots(index: usize, group: &Group, places: &mut [Place]) -> Result<(), PlanError> {
    for (target, slots) in group.targets.iter().enumerate() {
        if slots.is_empty() {
            return Err(PlanError::EmptyTarget { group: index, target });
        }
        for &slot in slots {
            match places.get_mut(usize::from(slot)) {
                Some(place) if *place == Place::Leaving(index) => *place = Place::Placed,
                Some(Place::Placed) => return Err(PlanError::RepeatedSlot { slot }),
                _ => return Err(PlanError::ForeignSlot { group: index, slot }),
            }
        }
    }
    Ok(())
}
