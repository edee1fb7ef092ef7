//! The invariants that hold whenever nothing is under way; for tests and models, and not there in any other build.

use std::hash::{BuildHasher, Hash};

use super::Store;
use crate::{
    presence::{self, Kind},
    shard::{Operation, Stay, Visitor},
};

impl<K: Eq + Hash, V, S: BuildHasher> Store<K, V, S> {
    /// Asserts them.
    pub fn audit(&self) {
        let migrator = self.body.migrator.lock();
        assert!(migrator.is_idle(), "a plan is still in hand");
        let directory = self.control.directory.shards();
        for (id, header) in self.control.headers.all() {
            let owned = directory.iter().filter(|&&shard| shard == id).count();
            assert_eq!(owned, header.slots() as usize, "slots of shard {id}");
            assert!(!header.is_marked(), "shard {id} is marked, but nothing migrates");
            if owned == 0 {
                assert_eq!(header.length(), 0, "shard {id} has no slots, but entries");
                let neutral = header.lock.try_enter_leaf(Kind::Shared);
                assert!(neutral.is_some(), "shard {id} has no slots, but a bias");
                neutral.into_iter().for_each(|pass| header.lock.leave(Kind::Shared, pass));
                let shard = self.body.enter_unreachable(id);
                let contents = shard.contents();
                assert!(contents.mark.is_none() && contents.owners.is_none(), "what a migration put on shard {id}");
                assert_eq!(contents.table.allocation_size(), 0, "memory of shard {id}, which nobody can reach");
                shard.leave_as_long();
            }
        }
        for (slot, &id) in directory.iter().enumerate() {
            let visitor = Visitor::passing(presence::current(), &Operation { name: "audit", stay: Stay::Long });
            let Some(shard) = self.body.enter_slot(slot as u16, visitor) else { continue };
            let contents = shard.contents();
            assert!(contents.mark.is_none() && contents.owners.is_none(), "what a migration put on shard {id}");
            assert_eq!(contents.table.len(), shard.header().length(), "length of shard {id}");
            for item in &contents.table {
                assert_eq!(
                    directory[usize::from(self.slot_of(item.key()))],
                    id,
                    "an entry is in a shard of other slots"
                );
            }
        }
    }
}
