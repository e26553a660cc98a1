//! Tests of the room `text`, through its public face.
//!
//! Language rules are tables in `cases/*.md` that hotline staff can read and extend.

mod cues;
mod elements;
mod mask;
mod normalise;
mod places;
mod segment;
mod strange;

/// Rows of the tables in a case file: the cells, unescaped, and the line for the message.
fn rows(file: &str) -> Vec<(usize, Vec<String>)> {
    let rows: Vec<(usize, Vec<String>)> = file
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with('|'))
        .map(|(at, line)| {
            let inner = line.trim().trim_start_matches('|').strip_suffix('|').expect("a row ends in |");
            (at + 1, inner.split('|').map(|cell| unescape(cell.trim_matches(' '))).collect())
        })
        .collect();
    // A table's first two rows are its head and the rule under it.
    let rules: Vec<usize> = rows.iter().filter(|(_, cells)| cells[0].starts_with("---")).map(|(at, _)| *at).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(at, _)| !rules.contains(at) && !rules.contains(&(at + 1))).collect();
    assert!(rows.len() > 5, "a case file with {} rows tests nothing", rows.len());
    rows
}

fn unescape(cell: &str) -> String {
    let mut out = String::new();
    let mut rest = cell;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (c, used) = match rest.as_bytes()[0] {
            b'n' => ('\n', 1),
            b't' => ('\t', 1),
            b'r' => ('\r', 1),
            b'u' => {
                let end = rest.find('}').unwrap();
                (char::from_u32(u32::from_str_radix(&rest[2..end], 16).unwrap()).unwrap(), end + 1)
            }
            other => panic!("unknown escape {}", other as char),
        };
        out.push(c);
        rest = &rest[used..];
    }
    out + rest
}
