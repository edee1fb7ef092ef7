//! What was found, as Markdown.

use std::fmt::{Display, Write as _};

use crate::{
    case::{Case, Operation, Subject},
    parts::{Count, Part},
};

/// A table of all operations, and one of the parts of each operation that was counted.
pub(crate) fn tables(counts: &[(Case, Count)]) -> String {
    let mut text = String::new();
    totals(&mut text, counts);
    let is_counted = |operation: &Operation| counts.iter().any(|(case, _)| case.operation == *operation);
    Operation::ALL.into_iter().filter(is_counted).for_each(|operation| parts(&mut text, counts, operation));
    text
}

fn totals(text: &mut String, counts: &[(Case, Count)]) {
    head(text, "", Operation::ALL.map(Operation::name));
    for subject in Subject::all() {
        let total = |operation| find(counts, Case { subject, operation }).map(|count| count.total);
        row(text, &subject.name(), Operation::ALL.map(|operation| total(operation).map_or_else(String::new, figure)));
    }
}

fn parts(text: &mut String, counts: &[(Case, Count)], operation: Operation) {
    text.push('\n');
    head(text, operation.name(), Part::ALL.map(Part::name));
    for subject in Subject::all() {
        if let Some(count) = find(counts, Case { subject, operation }) {
            row(text, &subject.name(), Part::ALL.map(|part| figure(count.part(part))));
        }
    }
}

fn find(counts: &[(Case, Count)], case: Case) -> Option<&Count> {
    counts.iter().find(|(counted, _)| *counted == case).map(|(_, count)| count)
}

fn figure(count: f64) -> String {
    format!("{count:.1}")
}

fn head<const COLUMNS: usize>(text: &mut String, first: &str, names: [&str; COLUMNS]) {
    row(text, first, names);
    row(text, "---", [(); COLUMNS].map(|()| "---:"));
}

fn row<const COLUMNS: usize>(text: &mut String, first: &str, cells: [impl Display; COLUMNS]) {
    let cells = cells.map(|cell| format!(" {cell} |")).concat();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {first} |{cells}");
}
