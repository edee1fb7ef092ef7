//! The live panel: the run on a terminal, redrawn at each tick.

use std::{io, time::Duration};

use ratatui::{
    DefaultTerminal, Frame,
    crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Bar, BarChart, BarGroup, Block, Cell, Gauge, Paragraph, Row, Sparkline, Table, Wrap},
};

use crate::{
    figures::{count, duration, share},
    hot_keys::ReportedKey,
    interrupt::Interrupt,
    timeline::Timeline,
    view::{Status, View},
};

/// Longest wait for a key without a look at the interrupt.
const NAP: Duration = Duration::from_millis(50);
/// A bar as long as this has four times an even share of the load: longer ones end there.
const BAR_MAX: u64 = 400;
/// Loads above this, in per cent of an even share, are shown in red.
const LOADED_PERCENT: u64 = 200;

/// The smallest terminal, columns by rows, that has room for plots; on a smaller one the figures stand alone.
const ROOM: (u16, u16) = (80, 24);

/// The panel; the terminal is restored when it is dropped, and when anything panics.
pub(crate) struct Panel {
    terminal: DefaultTerminal,
    interrupt: Interrupt,
}

impl Panel {
    /// Takes over the terminal.
    pub(crate) fn open(interrupt: Interrupt) -> io::Result<Self> {
        // `try_init` installs the panic hook that restores the terminal.
        Ok(Self { terminal: ratatui::try_init()?, interrupt })
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

impl View for Panel {
    fn show(&mut self, status: &Status<'_>) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame, status)).map(|_| ())
    }

    fn wait(&mut self, time: Duration) -> io::Result<bool> {
        if event::poll(time.min(NAP))?
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            // A terminal in raw mode hands Ctrl-C over as a key.
            let is_ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
            return Ok(is_ctrl_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc));
        }
        Ok(self.interrupt.came())
    }
}

fn draw(frame: &mut Frame<'_>, status: &Status<'_>) {
    if frame.area().width < ROOM.0 || frame.area().height < ROOM.1 {
        return frame.render_widget(figures_text(status), frame.area());
    }
    let [head, middle, loads, decisions, foot] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Length(10),
        Constraint::Fill(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let [figures, courses, keys] =
        Layout::horizontal([Constraint::Length(31), Constraint::Min(9), Constraint::Length(40)]).areas(middle);
    let [throughput, shards] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(courses);
    draw_head(frame, head, status);
    frame.render_widget(figures_text(status), figures);
    let points = status.recording.points();
    let rates = points.iter().map(|point| point.throughput() as u64);
    draw_course(frame, throughput, "throughput", rates.collect(), Color::Green);
    draw_course(frame, shards, "shards", points.iter().map(|point| point.shards as u64).collect(), Color::Cyan);
    frame.render_widget(key_table(status.hot_keys), keys);
    draw_loads(frame, loads, &status.point.shard_loads);
    frame.render_widget(decision_lines(status.timeline, decisions), decisions);
    frame.render_widget("q ends the run early, with its proof and summary", foot);
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, status: &Status<'_>) {
    let elapsed = status.point.at.min(status.duration);
    let label = format!(
        "phase {} of {}: {}   {:.1} of {:.1} s",
        status.phase_number,
        status.phases,
        status.phase,
        elapsed.as_secs_f64(),
        status.duration.as_secs_f64()
    );
    let ratio = elapsed.as_secs_f64() / status.duration.as_secs_f64().max(f64::EPSILON);
    let gauge = Gauge::default()
        .block(Block::bordered().title(format!(" autoshard: {} ", status.title)))
        .gauge_style(Color::Blue)
        .ratio(ratio.clamp(0.0, 1.0))
        .label(label);
    frame.render_widget(gauge, area);
}

fn figures_text(status: &Status<'_>) -> Paragraph<'static> {
    let latency = status.point.latency;
    let migrations = &status.telemetry.migrations;
    let biases = status.telemetry.biases;
    let line = |name: &str, value: String| {
        Line::from(vec![Span::styled(format!("{name:11}"), Color::DarkGray), Span::raw(value)])
    };
    Paragraph::new(vec![
        line("throughput", format!("{} op/s", count(status.point.throughput()))),
        line("p50, p99", format!("{}, {}", duration(latency.p50), duration(latency.p99))),
        line("p99.9, max", format!("{}, {}", duration(latency.p99_9), duration(latency.max))),
        line("shards", status.point.shards.to_string()),
        // Neutral, fenced, asymmetric, owned.
        line("n/f/a/o", format!("{}/{}/{}/{}", biases.neutral, biases.fenced, biases.asymmetric, biases.owned)),
        line("entries", count(status.point.entries as f64)),
        line("migration", migrations.state.to_owned()),
        line("migrated", format!("{} groups, {} aborted", migrations.completed, migrations.aborted)),
    ])
    .block(Block::bordered().title(" now "))
}

/// The course of a figure: as many of the last points as there are columns.
fn draw_course(frame: &mut Frame<'_>, area: Rect, title: &str, points: Vec<u64>, color: Color) {
    let block = Block::bordered().title(format!(" {title} "));
    let columns = usize::from(block.inner(area).width);
    let from = points.len().saturating_sub(columns);
    frame.render_widget(Sparkline::default().block(block).style(color).data(&points[from..]), area);
}

fn key_table(keys: &[ReportedKey]) -> Table<'static> {
    let row = |key: &ReportedKey| {
        let style = if key.hot { Style::from(Color::Red).add_modifier(Modifier::BOLD) } else { Style::default() };
        let cells = [
            Cell::from(key.name.clone()),
            Cell::from(share(key.share)),
            Cell::from(format!("{}–{}", share(key.share_lower), share(key.share_upper))),
        ];
        Row::new(cells).style(style)
    };
    let widths = [Constraint::Fill(1), Constraint::Length(8), Constraint::Length(17)];
    Table::new(keys.iter().map(row), widths)
        .header(Row::new(["key", "share", "99.9 % bounds"]).style(Color::DarkGray))
        .block(Block::bordered().title(" hot keys "))
}

/// Loads in per cent of an even share; where there are more shards than columns, neighbours share a bar, which shows the
/// most loaded of them.
fn draw_loads(frame: &mut Frame<'_>, area: Rect, loads: &[f64]) {
    let block = Block::bordered().title(format!(" load per shard (100 is an even share; bars end at {BAR_MAX}) "));
    let columns = usize::from(block.inner(area).width.max(1));
    let per_bar = loads.len().div_ceil(columns).max(1);
    let width = (columns / loads.len().div_ceil(per_bar).max(1)).saturating_sub(1).clamp(1, 5) as u16;
    let bars: Vec<Bar<'_>> = loads
        .chunks(per_bar)
        .map(|shards| {
            let percent = (100.0 * shards.iter().copied().fold(0.0, f64::max)).round() as u64;
            let color = if percent > LOADED_PERCENT { Color::Red } else { Color::Cyan };
            let text = if width >= 3 { percent.to_string() } else { String::new() };
            Bar::default().value(percent.min(BAR_MAX)).text_value(text).style(Style::from(color))
        })
        .collect();
    let gap = u16::from(bars.len() * 2 <= columns);
    let chart = BarChart::default()
        .block(block)
        .data(BarGroup::default().bars(&bars))
        .bar_width(width)
        .bar_gap(gap)
        .max(BAR_MAX);
    frame.render_widget(chart, area);
}

fn decision_lines(timeline: &Timeline, area: Rect) -> Paragraph<'static> {
    let rows = usize::from(area.height.saturating_sub(2));
    let lines: Vec<Line<'_>> = timeline
        .entries()
        .iter()
        .rev()
        .filter(|entry| !entry.is_migration())
        .take(rows)
        .map(|entry| {
            let style = if entry.is_hold() { Style::from(Color::DarkGray) } else { Style::default() };
            Line::styled(entry.line(), style)
        })
        .collect();
    Paragraph::new(lines).wrap(Wrap { trim: false }).block(Block::bordered().title(" decisions, the last first "))
}

#[cfg(test)]
mod tests {
    use autoshard::Store;
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::{
        key::Key,
        latency::Percentiles,
        recording::{Point, Recording},
    };

    fn point(shards: usize) -> Point {
        Point {
            at: Duration::from_millis(1_500),
            length: Duration::from_millis(250),
            operations: 1_000_000,
            latency: Percentiles { p50: 300, p99: 2_000, p99_9: 40_000, p99_99: 1_000_000, max: 3_000_000 },
            shard_loads: (0..shards).map(|shard| shard as f64 / 3.0).collect(),
            shards,
            entries: 100_000,
        }
    }

    /// The panel as text, on a terminal of this size and with so many shards.
    fn drawn(width: u16, height: u16, shards: usize) -> String {
        let store: Store<Key, u64> = Store::new();
        let mut recording = Recording::default();
        recording.push(point(shards));
        let status = Status {
            title: "scenario made",
            phase: "one hot key",
            phase_number: 3,
            phases: 6,
            duration: Duration::from_secs(20),
            point: &point(shards),
            recording: &recording,
            telemetry: &store.telemetry(),
            hot_keys: &[],
            timeline: &Timeline::new(store.events(), Duration::ZERO),
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, &status)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn the_panel_shows_what_it_promises() {
        let text = drawn(130, 40, 8);
        for part in [
            "scenario made",
            "phase 3 of 6",
            "4.00 M op/s",
            "300 ns",
            "n/f/a/o",
            "load per shard",
            "hot keys",
            "decisions",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }

    #[test]
    fn no_terminal_is_too_small_and_no_store_has_too_many_shards() {
        for (width, height) in [(1, 1), (20, 5), (79, 24), (80, 24), (300, 100)] {
            [0, 1, 7, 1_024].iter().for_each(|shards| drop(drawn(width, height, *shards)));
        }
    }
}
