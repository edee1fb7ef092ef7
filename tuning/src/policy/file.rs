//! A policy written as TOML.

use std::borrow::Cow;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::{PolicyError, UnknownKey},
    knob::{Knob, knob, knobs},
    layers::Assignment,
    origin::Origin,
    tables::TABLES,
    value::Written,
};

/// Reads a policy; `origin_at` makes the origin of a line and column (both from 1). The order is that of the text.
pub(super) fn read(
    text: &str,
    origin_at: &dyn Fn(usize, usize) -> Origin,
    errors: &mut Vec<PolicyError>,
) -> Vec<Assignment> {
    let mut reader = Reader { text, origin_at, errors, assignments: Vec::new() };
    let (document, syntax_errors) = DeTable::parse_recoverable(text);
    for error in &syntax_errors {
        let origin = reader.origin(error.span().map_or(0, |span| span.start));
        reader.errors.push(PolicyError::Syntax { origin, message: error.message().replace('\n', " ") });
    }
    // What a broken text still yields is a guess of the parser's, and complaints about it would only distract.
    if syntax_errors.is_empty() {
        reader.read_root(document.get_ref());
    }
    reader.assignments
}

struct Reader<'a> {
    text: &'a str,
    origin_at: &'a dyn Fn(usize, usize) -> Origin,
    errors: &'a mut Vec<PolicyError>,
    assignments: Vec<Assignment>,
}

impl Reader<'_> {
    fn read_root(&mut self, root: &DeTable<'_>) {
        for (key, value) in in_order(root) {
            match value.get_ref() {
                DeValue::Table(table) if TABLES.contains(&key.get_ref().as_ref()) => {
                    self.read_table(key.get_ref(), table)
                }
                // An unknown key inside of an unknown table says no more than the table does.
                _ => self.read_entry(key.get_ref(), key, value),
            }
        }
    }

    fn read_table(&mut self, name: &str, table: &DeTable<'_>) {
        for (key, value) in in_order(table) {
            self.read_entry(&format!("{name}.{}", key.get_ref()), key, value);
        }
    }

    fn read_entry(&mut self, path: &str, key: &Spanned<Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let error = match knob(path) {
            Some(knob) => return self.assign(knob, value),
            None if TABLES.contains(&path) => PolicyError::WrongType {
                origin: self.origin(value.span().start),
                key: path.to_owned(),
                expected: format!("a table ({})", keys_of(path)),
                found: written(value.get_ref()).described(),
            },
            None => PolicyError::UnknownKey { origin: self.origin(key.span().start), unknown: UnknownKey::new(path) },
        };
        self.errors.push(error);
    }

    fn assign(&mut self, knob: &'static Knob, value: &Spanned<DeValue<'_>>) {
        let origin = self.origin(value.span().start);
        self.assignments.push(Assignment { knob, written: written(value.get_ref()), origin });
    }

    /// The origin of a byte of the text.
    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        (self.origin_at)(line, before[line_start..].chars().count() + 1)
    }
}

/// A table's entries in the order of the text; the parser gives them in the order of their keys.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.clone().into_owned()),
        DeValue::Boolean(flag) => Written::Flag(*flag),
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Written::Other("integer, too great"), Written::Integer),
        DeValue::Float(float) => float.as_str().parse().map_or(Written::Other("float, too great"), Written::Real),
        other => Written::Other(other.type_str()),
    }
}

fn keys_of(table: &str) -> String {
    let keys = knobs().iter().filter_map(|knob| knob.key.strip_prefix(table)?.strip_prefix('.'));
    keys.collect::<Vec<_>>().join(", ")
}
