//! Line plots over the run's time, with the phases behind them.

use std::time::Duration;

use plotters::{coord::Shift, prelude::*};

use crate::failure::Failure;

/// Size of a plot, in SVG units.
pub(super) const SIZE: (u32, u32) = (960, 220);
/// Space right of a plot, for the half of its last figure.
pub(super) const MARGIN_RIGHT: u32 = 24;
/// Height of the phases' names.
const NAME_HEIGHT: u32 = 11;
/// Space left of a plot for its figures.
pub(super) const LABEL_WIDTH: u32 = 64;
/// Colours of lines, told apart by people who see colours differently (Okabe and Ito, 2008).
pub(super) const COLORS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(213, 94, 0),
];
/// What is drawn behind every other phase.
const PHASE_COLOR: RGBColor = RGBColor(243, 243, 246);
/// Room above the greatest value.
const HEADROOM: f64 = 1.15;

/// A line: seconds and values.
pub(super) type Series = Vec<(f64, f64)>;

/// How values are laid on the vertical axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// From 0 on.
    Linear,
    /// Each decade as high as the others.
    Logarithmic,
}

/// A phase, as far as plots show it.
pub(super) struct Span {
    pub(super) name: String,
    pub(super) began: Duration,
    pub(super) length: Duration,
}

/// A plot.
pub(super) struct Chart<'run> {
    /// The run's length in seconds.
    pub(super) seconds: f64,
    /// The phases, drawn behind.
    pub(super) phases: &'run [Span],
    /// Moments, in seconds, at which the store changed its shards; drawn as thin lines.
    pub(super) changes: &'run [f64],
    /// The vertical axis.
    pub(super) axis: Axis,
    /// How its figures are written.
    pub(super) label: fn(f64) -> String,
}

/// A failure to draw; the backend writes to memory, so there is next to none.
pub(super) fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Plot(error.to_string())
}

impl Chart<'_> {
    /// The plot of `series` as SVG.
    pub(super) fn draw(&self, series: &[Series]) -> Result<String, Failure> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let values = || series.iter().flatten().map(|(_, value)| *value);
            let most = values().fold(0.0, f64::max).max(1.0) * HEADROOM;
            match self.axis {
                Axis::Linear => self.draw_on(&area, 0.0..most, series)?,
                Axis::Logarithmic => {
                    let least = values().filter(|value| *value > 0.0).fold(most, f64::min) / HEADROOM;
                    self.draw_on(&area, (least..most).log_scale(), series)?;
                }
            }
            area.present().map_err(failure)?;
        }
        Ok(svg)
    }

    fn draw_on<Y>(&self, area: &DrawingArea<SVGBackend<'_>, Shift>, values: Y, series: &[Series]) -> Result<(), Failure>
    where
        Y: plotters::coord::ranged1d::AsRangedCoord<Value = f64>,
        Y::CoordDescType: plotters::coord::ranged1d::ValueFormatter<f64> + Ranged<ValueType = f64>,
    {
        let mut chart = ChartBuilder::on(area)
            .margin(6)
            .margin_right(MARGIN_RIGHT)
            .x_label_area_size(24)
            .y_label_area_size(LABEL_WIDTH)
            .build_cartesian_2d(0.0..self.seconds, values)
            .map_err(failure)?;
        let range = chart.y_range();
        let band = |phase: &Span| {
            let (from, to) = (phase.began.as_secs_f64(), (phase.began + phase.length).as_secs_f64());
            Rectangle::new([(from, range.start), (to.min(self.seconds), range.end)], PHASE_COLOR.filled())
        };
        chart.draw_series(self.phases.iter().step_by(2).map(band)).map_err(failure)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .x_label_formatter(&|seconds| time_label(*seconds))
            .y_label_formatter(&|value| (self.label)(*value))
            .y_labels(5)
            .draw()
            .map_err(failure)?;
        let name_style = ("sans-serif", NAME_HEIGHT).into_font().color(&BLACK.mix(0.5));
        let name =
            |phase: &Span| Text::new(phase.name.clone(), (phase.began.as_secs_f64(), range.end), name_style.clone());
        chart.draw_series(self.phases.iter().map(name)).map_err(failure)?;
        let change = |at: &f64| PathElement::new([(*at, range.start), (*at, range.end)], BLACK.mix(0.35));
        chart.draw_series(self.changes.iter().map(change)).map_err(failure)?;
        for (series, color) in series.iter().zip(COLORS.iter().cycle()) {
            let line = LineSeries::new(
                series.iter().copied().filter(|(_, value)| *value > 0.0 || self.axis == Axis::Linear),
                color.stroke_width(2),
            );
            chart.draw_series(line).map_err(failure)?;
        }
        Ok(())
    }
}

/// A moment on the time axis: in hundredths of a second at the finest, or short runs have many zeros.
pub(super) fn time_label(seconds: f64) -> String {
    format!("{} s", (100.0 * seconds).round() / 100.0)
}

/// Seconds of a moment.
pub(super) fn seconds(at: Duration) -> f64 {
    at.as_secs_f64()
}
