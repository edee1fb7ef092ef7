//! Bars with whiskers, one for each map.

use plotters::{coord::Shift, prelude::*};

use super::{Row, Spread, table::number};
use crate::maps::Role;

/// Sizes in SVG units.
const WIDTH: u32 = 760;
const ROW_HEIGHT: u32 = 18;
const NAME_WIDTH: i32 = 150;
const FIGURE_WIDTH: i32 = 70;
const TEXT_HEIGHT: i32 = 15;
const BAR_INSET: i32 = 3;

/// How values become lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    /// Each decade as long as the others.
    Logarithmic,
}

/// A failure to draw; the backend writes to memory, so there is next to none.
type DrawError = DrawingAreaErrorKind<std::io::Error>;

/// The spreads of the rows as SVG, in the rows' order.
pub(super) fn bars(bars: &[(&Row, Spread)], scale: Scale) -> Result<String, String> {
    let mut svg = String::new();
    {
        let height = ROW_HEIGHT * bars.len() as u32;
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw_all(&area, bars, scale).map_err(|error| error.to_string())?;
    }
    Ok(svg)
}

fn draw_all<B>(area: &DrawingArea<B, Shift>, bars: &[(&Row, Spread)], scale: Scale) -> Result<(), DrawError>
where
    B: DrawingBackend<ErrorType = std::io::Error>,
{
    let values = || bars.iter().flat_map(|(_, spread)| [spread.min, spread.max]);
    let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let length = |value: f64| match scale {
        Scale::Linear => value / most.max(f64::MIN_POSITIVE),
        Scale::Logarithmic => {
            // From the decade below the least value on.
            let start = (least.log10() - f64::EPSILON).floor();
            (value.log10() - start) / (most.log10() - start)
        }
    };
    let room = f64::from(WIDTH as i32 - NAME_WIDTH - FIGURE_WIDTH);
    let at = |value: f64| NAME_WIDTH + (room * length(value)) as i32;
    for (index, (row, spread)) in (0..).zip(bars) {
        let top = index * ROW_HEIGHT as i32;
        let text = |text: String, left| Text::new(text, (left, top + BAR_INSET), ("sans-serif", TEXT_HEIGHT));
        area.draw(&text(row.map.to_string(), 0))?;
        let corners = [(NAME_WIDTH, top + BAR_INSET), (at(spread.median), top + ROW_HEIGHT as i32 - BAR_INSET)];
        area.draw(&Rectangle::new(corners, color(row.map.role()).filled()))?;
        let middle = top + ROW_HEIGHT as i32 / 2;
        area.draw(&PathElement::new([(at(spread.min), middle), (at(spread.max), middle)], BLACK))?;
        area.draw(&text(number(spread.median), at(spread.max) + BAR_INSET))?;
    }
    area.present()
}

/// Told apart by people who see colours differently (Okabe and Ito, 2008).
fn color(role: Role) -> RGBColor {
    match role {
        Role::Ours => RGBColor(0, 114, 178),
        Role::Variant | Role::Forced => RGBColor(86, 180, 233),
        Role::Peer => RGBColor(230, 159, 0),
        Role::Limit => RGBColor(190, 190, 190),
    }
}
