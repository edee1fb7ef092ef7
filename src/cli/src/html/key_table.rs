//! A table of hot keys, with their shares, bounds and exact shares drawn beside each other.

use maud::{Markup, html};

use crate::{
    figures::share,
    hot_keys::{COMPARED, ReportedKey},
};

/// Width of a drawing, in SVG units.
const WIDTH: f64 = 260.0;
/// Height of a drawing, in SVG units.
const HEIGHT: f64 = 12.0;
/// Least width of what is drawn, so that it can be seen.
const WIDTH_MIN: f64 = 1.5;

/// The first keys of `keys`; the drawings have one scale.
///
/// `is_steady` says that the load was the same all the time, so that an exact share outside the bounds is an error; else
/// the bounds may reach back into another load.
pub(super) fn key_table(keys: &[ReportedKey], is_steady: bool) -> Markup {
    let keys = &keys[..COMPARED.min(keys.len())];
    let largest = keys.iter().map(|key| key.share_upper.max(key.share_exact.unwrap_or(0.0))).fold(0.0, f64::max);
    html! {
        @if keys.is_empty() { p { "No key was reported." } } @else {
            table.keys {
                tr { th { "key" } th { "share" } th { "99.9 % bounds" } th { "by exact count" } th { "reads" } th {} }
                @for key in keys { (row(key, largest, is_steady)) }
            }
        }
    }
}

fn row(key: &ReportedKey, largest: f64, is_steady: bool) -> Markup {
    let is_wrong = is_steady && key.is_within_bounds() == Some(false);
    html! {
        tr {
            td { (key.name) @if key.hot { strong title=(key.hash) { " hot" } } }
            td { (share(key.share)) }
            td class=[is_wrong.then_some("bad")] {
                (share(key.share_lower)) " to " (share(key.share_upper))
            }
            td { @if let Some(exact) = key.share_exact { (share(exact)) } }
            td { (format!("{:.0} %", 100.0 * key.read_share)) }
            td { (drawing(key, largest)) }
        }
    }
}

/// The bounds as a band, the estimate as a bar in it, the exact share as a mark through both.
fn drawing(key: &ReportedKey, largest: f64) -> Markup {
    let place = |share: f64| WIDTH * share / largest.max(f64::EPSILON);
    let (lower, upper) = (place(key.share_lower), place(key.share_upper));
    html! {
        svg.share viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
            rect x="0" y="4" width=(figure(place(key.share))) height="4" fill="#6baed6" {}
            rect x=(figure(lower)) y="1" width=(figure((upper - lower).max(WIDTH_MIN))) height="10" fill="#08519c" opacity=".3" {}
            @if let Some(exact) = key.share_exact {
                rect x=(figure(place(exact) - WIDTH_MIN / 2.0)) y="0" width=(WIDTH_MIN) height=(HEIGHT) fill="#d55e00" {}
            }
        }
    }
}

fn figure(number: f64) -> String {
    format!("{number:.1}")
}
