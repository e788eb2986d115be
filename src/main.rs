//! The `bklog-lint` program.

fn main() {}
