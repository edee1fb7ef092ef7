//! What was found, as Markdown.

use std::fmt::Write as _;

use crate::{
    case::{Case, Operation, Subject},
    parts::{Count, Part},
};

/// One table of all operations, and one of the parts of each operation that was counted.
pub(crate) fn tables(counts: &[(Case, Count)]) -> String {
    let mut text = String::new();
    let header: Vec<&str> = Operation::ALL.map(Operation::name).to_vec();
    row(&mut text, "", header.iter().map(|name| (*name).to_owned()));
    row(&mut text, "---", header.iter().map(|_| "---:".to_owned()));
    for subject in Subject::all() {
        let found =
            Operation::ALL.map(|operation| cell(find(counts, Case { subject, operation }).map(|count| count.total)));
        row(&mut text, &subject.name(), found.into_iter());
    }
    for operation in
        Operation::ALL.into_iter().filter(|operation| counts.iter().any(|(case, _)| case.operation == *operation))
    {
        text.push('\n');
        row(&mut text, operation.name(), Part::ALL.map(|part| part.name().to_owned()).into_iter());
        row(&mut text, "---", Part::ALL.map(|_| "---:".to_owned()).into_iter());
        for subject in Subject::all() {
            if let Some(count) = find(counts, Case { subject, operation }) {
                row(&mut text, &subject.name(), Part::ALL.map(|part| cell(Some(count.part(part)))).into_iter());
            }
        }
    }
    text
}

fn find(counts: &[(Case, Count)], case: Case) -> Option<&Count> {
    counts.iter().find(|(counted, _)| *counted == case).map(|(_, count)| count)
}

fn cell(count: Option<f64>) -> String {
    count.map_or_else(String::new, |count| format!("{count:.1}"))
}

fn row(text: &mut String, first: &str, cells: impl Iterator<Item = String>) {
    let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {first} |{cells}");
}
