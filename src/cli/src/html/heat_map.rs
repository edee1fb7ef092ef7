//! Load per shard over time, as a heat map.

use plotters::prelude::*;

use super::chart::{LABEL_WIDTH, MARGIN_RIGHT, SIZE, failure, time_label};
use crate::{failure::Failure, recording::Point};

/// Columns at most; points beyond share one, which shows the greatest load.
const COLUMNS_MAX: usize = 120;
/// Rows at most; shards beyond share one, which shows the greatest load.
const ROWS_MAX: usize = 48;
/// Load, in even shares, that has the strongest colour.
const LOAD_STRONGEST: f64 = 4.0;

/// A rectangle of the map: from and to in seconds, from and to in shards, load in even shares.
type Tile = (f64, f64, f64, f64, f64);

/// The map as SVG: time to the right, shards upwards in order of their ids.
pub(super) fn heat_map(points: &[Point], seconds: f64) -> Result<String, Failure> {
    let shards_most = points.iter().map(|point| point.shard_loads.len()).max().unwrap_or(0).max(1);
    let per_column = points.len().div_ceil(COLUMNS_MAX).max(1);
    let per_row = shards_most.div_ceil(ROWS_MAX);
    let tiles = points.chunks(per_column).flat_map(|points| column(points, per_row));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (SIZE.0, SIZE.1 + 60)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(6)
            .margin_right(MARGIN_RIGHT)
            .x_label_area_size(24)
            .y_label_area_size(LABEL_WIDTH)
            .build_cartesian_2d(0.0..seconds, 0.0..shards_most as f64)
            .map_err(failure)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_label_formatter(&|seconds| time_label(*seconds))
            .y_label_formatter(&|shards| format!("{shards:.0}"))
            .y_labels(5)
            .draw()
            .map_err(failure)?;
        let rectangle =
            |(from, to, bottom, top, load): Tile| Rectangle::new([(from, bottom), (to, top)], color(load).filled());
        chart.draw_series(tiles.map(rectangle)).map_err(failure)?;
        area.present().map_err(failure)?;
    }
    Ok(svg)
}

/// The tiles of a few points that share a column.
fn column(points: &[Point], per_row: usize) -> Vec<Tile> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let from = (first.at.saturating_sub(first.length)).as_secs_f64();
    let shards = last.shard_loads.len();
    let greatest = |row: usize| {
        let loads = points.iter().flat_map(|point| point.shard_loads.iter().skip(row).take(per_row));
        loads.copied().fold(0.0, f64::max)
    };
    (0..shards)
        .step_by(per_row)
        .map(|row| (from, last.at.as_secs_f64(), row as f64, (row + per_row).min(shards) as f64, greatest(row)))
        .collect()
}

/// White to blue up to an even share, blue to red above it: as loads of 0, 1 and [`LOAD_STRONGEST`].
pub(super) fn color(load: f64) -> RGBColor {
    let mix = |from: (u8, u8, u8), to: (u8, u8, u8), part: f64| {
        let channel = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
        RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
    };
    const COLD: (u8, u8, u8) = (247, 251, 255);
    const EVEN: (u8, u8, u8) = (107, 174, 214);
    const HOT: (u8, u8, u8) = (189, 0, 38);
    if load <= 1.0 {
        mix(COLD, EVEN, load.max(0.0))
    } else {
        mix(EVEN, HOT, ((load - 1.0) / (LOAD_STRONGEST - 1.0)).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_run_from_cold_over_even_to_hot() {
        assert_eq!(color(0.0), RGBColor(247, 251, 255));
        assert_eq!(color(1.0), RGBColor(107, 174, 214));
        assert_eq!(color(LOAD_STRONGEST), RGBColor(189, 0, 38));
        assert_eq!(color(1e9), color(LOAD_STRONGEST));
    }
}
