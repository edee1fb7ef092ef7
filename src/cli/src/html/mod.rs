//! Reports: each one self-contained HTML page, with plots drawn as SVG and no script.

mod chart;
mod heat_map;
mod key_table;
mod page;
mod simulated;

pub(crate) use page::page;
pub(crate) use simulated::page as simulated_page;
