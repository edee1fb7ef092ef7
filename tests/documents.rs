//! Documents that speak of the code are held to it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Files that are no part of the library: the program, and what models put in place of locks.
const NOT_OF_THE_LIBRARY: [&str; 3] = ["cli", "sync/model", "shard/lock/tests.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Unsafe blocks, implementations and functions, but for those in comments.
fn count_unsafe(text: &str) -> usize {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let kinds = ["unsafe {", "unsafe impl", "unsafe fn"];
    code.map(|line| kinds.iter().map(|kind| line.matches(kind).count()).sum::<usize>()).sum()
}

#[test]
fn every_unsafe_block_is_in_the_table() {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let names =
        files.iter().map(|file| file.strip_prefix(&src).expect("it is below").to_string_lossy().replace('\\', "/"));
    let is_of_library = |name: &str| !NOT_OF_THE_LIBRARY.iter().any(|other| name.starts_with(other));
    let counted: BTreeMap<String, usize> = names
        .zip(&files)
        .filter(|(name, _)| is_of_library(name))
        .map(|(name, file)| (name, count_unsafe(&fs::read_to_string(file).expect("sources can be read"))))
        .filter(|(_, count)| *count > 0)
        .collect();
    let document = fs::read_to_string(root().join("docs/safety.md")).expect("the document is there");
    let table: BTreeMap<String, usize> = document
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('|').skip(1).map(str::trim);
            let file = columns.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((file.to_owned(), columns.next()?.parse().ok()?))
        })
        .collect();
    assert_eq!(table, counted, "docs/safety.md has the left counts, the code the right ones");
}
