//! The report: one self-contained HTML page, with plots drawn as SVG and no script.

mod chart;
mod heat_map;
mod key_table;
mod page;

pub(crate) use page::page;
