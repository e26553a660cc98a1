//! Every action that the house writes into its audit has a word in the administrators' ledger, by which it is found.

use std::{fs, path::Path};

/// What stands before an action where one is written.
const LEADS: [&str; 6] = ["Entry::new(", "told(&mut tx,", "note(&mut tx,", ".note(", "line(actor,", "noted(db,"];

fn written(dir: &Path, found: &mut Vec<String>) {
    for file in fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()) {
        if file.is_dir() {
            written(&file, found);
            continue;
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        for part in LEADS.iter().flat_map(|lead| text.split(lead).skip(1)) {
            let call = part.split([')', ';']).next().unwrap_or_default();
            let word = call.split('"').nth(1).unwrap_or_default();
            if word.len() > 3 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                found.push(word.to_owned());
            }
        }
    }
}

#[test]
fn every_action_of_the_audit_has_its_word() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    written(&root, &mut found);
    found.sort();
    found.dedup();
    assert!(found.len() > 30 && found.contains(&"brief_instruction_step".to_owned()), "{found:?}");
    let ledger = fs::read_to_string(root.join("http/console/admin/ledger.rs")).unwrap();
    let wordless: Vec<&String> = found.iter().filter(|word| !ledger.contains(&format!("(\"{word}\", "))).collect();
    assert!(wordless.is_empty(), "no word for {wordless:?}");
}
