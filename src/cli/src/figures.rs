//! Figures as people read them.

/// A count in three digits and a prefix: `12.3 M`.
pub(crate) fn count(number: f64) -> String {
    let (scaled, unit) = match number {
        _ if number >= 1e9 => (number / 1e9, " G"),
        _ if number >= 1e6 => (number / 1e6, " M"),
        _ if number >= 1e4 => (number / 1e3, " k"),
        _ => return format!("{number:.0}"),
    };
    let digits = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.digits$}{unit}")
}

/// Nanoseconds in the unit that suits them: `1.25 ms`.
pub(crate) fn duration(nanoseconds: u64) -> String {
    let number = nanoseconds as f64;
    let (scaled, unit) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds} ns"),
        1_000..1_000_000 => (number / 1e3, "us"),
        1_000_000..1_000_000_000 => (number / 1e6, "ms"),
        _ => (number / 1e9, "s"),
    };
    let digits = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.digits$} {unit}")
}

/// A share in per cent.
pub(crate) fn share(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A whole number with its thousands set apart: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_have_units() {
        assert_eq!([count(7.0), count(12_345.0), count(9.876e6), count(2.5e9)], ["7", "12.3 k", "9.88 M", "2.50 G"]);
        assert_eq!([duration(999), duration(1_250_000), duration(61_000_000_000)], ["999 ns", "1.25 ms", "61.0 s"]);
        assert_eq!([grouped(0), grouped(999), grouped(1_234_567)], ["0", "999", "1,234,567"]);
        assert_eq!(share(0.381), "38.10 %");
    }
}
