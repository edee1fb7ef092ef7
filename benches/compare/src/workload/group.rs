//! Cells that one map serves in turn, so that it is filled once for all of them: with many keys, that takes longer than to measure
//! a cell.

use std::{fmt, iter};

use serde::{Deserialize, Serialize};

use super::{Cell, mixes};

/// Cells in the order in which they are measured, the same for all maps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(super) first: Cell,
    others: Vec<Cell>,
}

impl Group {
    /// All cells, those together that may share a map; otherwise in their order.
    pub(crate) fn all(cells: Vec<Cell>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for cell in cells {
            match groups.iter_mut().find(|group| mixes::may_share_map(&group.first, &cell)) {
                Some(group) => group.others.push(cell),
                None => groups.push(cell.into()),
            }
        }
        groups
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        iter::once(&self.first).chain(&self.others)
    }
}

impl From<Cell> for Group {
    fn from(first: Cell) -> Self {
        Self { first, others: Vec::new() }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        match self.others.len() {
            0 => Ok(()),
            others => write!(f, ", and {others} more on the same map"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::Distribution, workload::Workload};

    fn cell(workload: Workload, keys: usize, distribution: Distribution, threads: usize) -> Cell {
        Cell { workload, keys, distribution, threads, trace: None }
    }

    #[test]
    fn cells_share_a_map_that_one_leaves_as_the_next_needs_it() {
        use Distribution::{Uniform, Zipf};
        let reading = cell(Workload::Get, 10, Uniform, 1);
        let updating = cell(Workload::Update, 10, Zipf, 8);
        let larger = cell(Workload::Get, 20, Uniform, 1);
        let exchanging = cell(Workload::Exchange, 10, Uniform, 1);
        let exchanging_too = cell(Workload::Exchange, 10, Zipf, 2);
        let other_types = cell(Workload::Strings, 10, Uniform, 1);
        let cells = [&reading, &larger, &other_types, &updating, &exchanging, &other_types, &exchanging_too];
        let groups = Group::all(cells.into_iter().cloned().collect());
        let groups: Vec<Vec<&Cell>> = groups.iter().map(|group| group.cells().collect()).collect();
        let exchange = vec![&exchanging, &exchanging_too];
        let alone = vec![&other_types];
        assert_eq!(groups, [vec![&reading, &updating], vec![&larger], alone.clone(), exchange, alone]);
    }
}
