//! Figures as people read them, for the reasons of decisions.

use std::time::Duration;

/// A whole number with its thousands set apart: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage, with as many digits as it takes to see it: `12 %`, `4.1 %`, `0.034 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = if share.is_finite() { share * 100.0 } else { 0.0 };
    let digits = match percent.abs() {
        0.0 | 10.0.. => 0,
        1.0.. => 1,
        0.1.. => 2,
        _ => 3,
    };
    format!("{percent:.digits$} %")
}

/// A part of a whole as a percentage; 0 % of nothing.
pub(crate) fn percent_of(part: u64, whole: u64) -> String {
    percent(ratio(part, whole))
}

/// A part over its whole; 0 of nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A duration in the unit that suits it: `310 ns`, `4.5 ms`, `12.0 s`.
pub(crate) fn duration(duration: Duration) -> String {
    nanoseconds(duration.as_nanos() as f64)
}

/// Nanoseconds in the unit that suits them.
pub(crate) fn nanoseconds(nanoseconds: f64) -> String {
    let ns = if nanoseconds.is_finite() { nanoseconds.max(0.0) } else { 0.0 };
    match ns {
        ..1e3 => format!("{ns:.0} ns"),
        ..1e6 => format!("{:.1} us", ns / 1e3),
        ..1e9 => format!("{:.1} ms", ns / 1e6),
        _ => format!("{:.1} s", ns / 1e9),
    }
}

/// A number of things: `1 shard`, `3 shards`.
pub(crate) fn things(number: usize, name: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {name}{plural}", count(number as u64))
}

/// What the sentence about the first of several things adds about the others: nothing, or ` (and 4 more)`.
pub(crate) fn and_more(number: usize) -> String {
    if number < 2 { String::new() } else { format!(" (and {} more)", count(number as u64 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!([count(7), count(1234), count(1_234_567)], ["7", "1,234", "1,234,567"]);
        assert_eq!(
            [percent(0.0), percent(0.041), percent(0.38), percent(0.00034)],
            ["0 %", "4.1 %", "38 %", "0.034 %"]
        );
        assert_eq!([percent(f64::NAN), percent_of(1, 0)], ["0 %", "0 %"]);
        assert_eq!([nanoseconds(310.0), nanoseconds(4.5e6), nanoseconds(f64::INFINITY)], ["310 ns", "4.5 ms", "0 ns"]);
        assert_eq!([things(1, "shard"), things(1024, "shard")], ["1 shard", "1,024 shards"]);
        assert_eq!([and_more(1), and_more(5)], ["", " (and 4 more)"]);
    }
}
