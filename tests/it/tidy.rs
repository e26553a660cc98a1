//! Keeps the shape of `src/`: floors, module docs, file size, one way of importing.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The floors, lowest first. A room imports only from lower floors; rooms on one floor do not see
/// each other.
const FLOORS: &[&[&str]] = &[
    &["domain", "numeric"],
    &["text", "city", "labelled"],
    &["model", "store", "search", "insight", "outbound"],
    &["triage", "shelf"],
    &["infer", "report", "train", "eval"],
    &["desk"],
    &["http", "boot"],
    &["cli"],
];

/// Files that may be longer than [`CAP`], each with its reason. Starts empty.
const LONG: &[(&str, &str)] = &[];
const CAP: usize = 400;

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Rooms named after `crate::` in a text, grouped imports included.
fn rooms_named(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()),
            Some(group) => {
                let (mut depth, mut word, mut fresh) = (1, String::new(), true);
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 1 => fresh = true,
                        c if depth == 1 && fresh && (c.is_alphanumeric() || c == '_') => word.push(c),
                        c if c.is_whitespace() => {}
                        _ => {
                            if fresh && !word.is_empty() {
                                rooms.push(std::mem::take(&mut word));
                                fresh = false;
                            }
                        }
                    }
                    if depth == 1 && c == ',' && !word.is_empty() {
                        rooms.push(std::mem::take(&mut word));
                    }
                    if depth == 0 {
                        break;
                    }
                }
                if !word.is_empty() {
                    rooms.push(word);
                }
            }
        }
    }
    rooms
}

fn faults_of(inner: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push(format!("{inner}: no module doc"));
    }
    let lines = text.lines().count();
    if lines > CAP && !LONG.iter().any(|(file, _)| *file == inner) {
        faults.push(format!("{inner}: {lines} lines, {CAP} allowed"));
    }
    let room = inner.split('/').next().unwrap_or("").trim_end_matches(".rs");
    for bad in ["utils", "helpers", "common", "misc"] {
        if inner.split(['/', '.']).any(|part| part == bad) {
            faults.push(format!("{inner}: a module called {bad} says nothing"));
        }
    }
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    match floor(room) {
        None if !matches!(inner, "lib.rs" | "main.rs") => {
            faults.push(format!("{inner}: room {room} stands on no floor"))
        }
        None => {}
        Some(own) => {
            for other in rooms_named(&code) {
                if other != room && floor(&other).is_some_and(|f| f >= own) {
                    faults.push(format!("{inner}: {room} may not import {other}"));
                }
            }
        }
    }
    faults
}

#[test]
fn src_is_tidy() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    rust_files(&src, &mut paths);
    assert!(paths.len() > 20, "the walk over src found only {} files", paths.len());
    let faults: Vec<String> = paths
        .iter()
        .flat_map(|path| {
            let inner = path.strip_prefix(&src).unwrap().to_str().unwrap();
            faults_of(inner, &fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn planted_faults_are_found() {
    let check = |inner: &str, text: &str, fault: &str| {
        let faults = faults_of(inner, text).join("; ");
        assert!(faults.contains(fault), "{inner}: wanted `{fault}`, got `{faults}`");
    };
    check("text/a.rs", "use crate::domain::Span;", "no module doc");
    check("text/a.rs", "//! d\nuse crate::store::Store;", "text may not import store");
    check("text/a.rs", "//! d\nuse crate::{domain::Span, city::CityPack};", "text may not import city");
    check("store/a.rs", "//! d\nuse crate::{\n    domain::{Span, Field},\n    desk,\n};", "store may not import desk");
    check("desk/a.rs", &"//! d\n".repeat(401), "401 lines");
    check("attic/a.rs", "//! d", "stands on no floor");
    check("text/utils.rs", "//! d", "says nothing");
    assert!(faults_of("desk/a.rs", "//! d\nuse crate::{domain::Span, store::Store};").is_empty());
}
