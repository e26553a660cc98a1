//! The colours of the style sheet: every ink on every ground that it is used on can be read (WCAG AA), by
//! day and by night; both ways into the night have the same colours.

use std::collections::BTreeMap;

use tingsu::report::chart::{Lettering, Mark, Picture, Plot, svg};

const SHEET: &str = include_str!("../../../src/http/console/static/app.css");

type Tokens = BTreeMap<String, String>;

fn tokens(block: &str) -> Tokens {
    let pairs = block.split(['{', ';', '\n']).filter_map(|part| {
        let (name, value) = part.trim().strip_prefix("--")?.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    });
    pairs.filter(|(_, value)| value.starts_with('#')).collect()
}

fn block(head: &str) -> &'static str {
    let rest = SHEET.split_once(head).unwrap_or_else(|| panic!("no `{head}`")).1;
    rest.split_once('}').unwrap().0
}

fn light(hex: &str) -> f64 {
    let part = |at: usize| {
        let v = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn ratio(a: &str, b: &str) -> f64 {
    let (a, b) = (light(a), light(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_ink_can_be_read_on_its_ground() {
    assert!((ratio("#000000", "#ffffff") - 21.0).abs() < 1e-9 && (ratio("#777777", "#ffffff") - 4.478).abs() < 1e-3);
    let day = tokens(block(":root {"));
    let night = tokens(block(":root[data-look=dark] {"));
    assert_eq!(night, tokens(block(":root:not([data-look=light]) {")), "the machine's night is the person's night");
    assert!(night.keys().all(|name| day.contains_key(name)) && night.len() > 20, "{night:?}");
    let plain = ["surface", "surface-2"];
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for ink in ["ink", "ink-2", "ink-3", "accent", "u1", "u2", "u3", "u4", "ok"] {
        pairs.extend(plain.map(|ground| (ink, ground)));
    }
    pairs.extend([("ink", "surface-3"), ("ink-2", "surface-3"), ("accent", "accent-soft"), ("ink", "accent-soft")]);
    pairs.extend([("u1", "u1-soft"), ("u2", "u2-soft"), ("u3", "u3-soft"), ("u4", "u4-soft"), ("surface", "accent")]);
    pairs.extend(["m-reason", "m-place", "m-cue", "m-hit"].map(|ground| ("ink", ground)));
    for (name, of) in [("day", &day), ("night", &night)] {
        for (ink, ground) in &pairs {
            let ratio = ratio(&of[*ink], &of[*ground]);
            assert!(ratio >= 4.5, "{name}: {ink} on {ground} is {ratio:.2} to 1");
        }
    }
}

/// Numbers in charts, too: each text lies on the rectangle before it.
#[test]
fn every_number_of_a_chart_can_be_read_on_its_shade() {
    let fill = |tag: &str| {
        let of = tag.split("fill=\"").nth(1).and_then(|rest| rest.split('"').next());
        of.filter(|fill| fill.len() == 7 && fill.starts_with('#')).map(str::to_owned)
    };
    let rows: Vec<Vec<u32>> = (0..7).map(|day| (0..24).map(|hour| 1 + day * 24 + hour).collect()).collect();
    let marks = (1..=20).map(|n| Mark {
        label: format!("区{n}"),
        value: f64::from(n),
        shown: n.to_string(),
        change: Some((1, "升".into())),
    });
    for (name, plot) in [("heat", Plot::Heat(rows)), ("tiles", Plot::Tiles(marks.collect()))] {
        let picture = Picture { title: "图".into(), alt: String::new(), unit: "件".into(), plot };
        let drawn = svg(&picture, Lettering::Words);
        let (mut ground, mut read) = ("#ffffff".to_owned(), 0);
        for tag in drawn.split('<') {
            if tag.starts_with("rect") {
                ground = fill(tag).unwrap_or(ground);
            } else if tag.starts_with("text") && tag.split('>').nth(1).is_some_and(|t| t.parse::<u32>().is_ok()) {
                let Some(ink) = fill(tag) else { continue };
                read += 1;
                let ratio = ratio(&ink, &ground);
                assert!(ratio >= 4.5, "{name}: {ink} on {ground} is {ratio:.2} to 1: {tag}");
            }
        }
        assert!(read >= 20, "{name}: only {read} numbers");
    }
}
