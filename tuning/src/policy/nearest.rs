//! The name that was probably meant.

/// Most edits between what was written and what is offered instead, as a divisor of the written length: one edit in
/// three characters. A guess, of the order that compilers use for their own suggestions.
const CHARACTERS_PER_EDIT: usize = 3;

/// The candidate nearest to `written`, if one is near enough to be worth a suggestion.
///
/// Case does not count, nor the difference of `-` and `_`. Nearness is the Damerau-Levenshtein distance in its
/// restricted form (Damerau 1964): insertions, deletions, substitutions and swaps of neighbours.
pub(super) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = normalised(written);
    let edits_max = (written.chars().count() / CHARACTERS_PER_EDIT).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&written, &normalised(candidate)), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

fn normalised(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}
