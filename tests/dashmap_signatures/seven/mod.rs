//! What the candidates of version 7 have beyond version 6.

mod entries;
mod equality;
mod parts;
