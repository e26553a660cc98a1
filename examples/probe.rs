//! scratch
use std::io::BufRead;
use tingsu::text::*;
fn main() {
    let mode = std::env::args().nth(1).unwrap();
    let regions: Vec<tingsu::domain::Region> = std::env::args()
        .nth(2)
        .map(|p| serde_json::from_str(&std::fs::read_to_string(p).unwrap()).unwrap())
        .unwrap_or_default();
    let seg = std::sync::Arc::new(Segmenter::new(&[], &regions));
    let _ = (&seg, &regions);
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let text: String = serde_json::from_str(&line).unwrap();
        match mode.as_str() {
            "mask" => {
                let m = mask(&text);
                let chars: Vec<char> = text.chars().collect();
                for s in m.spans {
                    let a = s.span.start.saturating_sub(8);
                    let b = (s.span.end + 5).min(chars.len());
                    let f = |r: std::ops::Range<usize>| chars[r].iter().collect::<String>().replace('\n', "/");
                    println!(
                        "{:?}\t{}[{}]{}",
                        s.kind,
                        f(a..s.span.start),
                        f(s.span.start..s.span.end),
                        f(s.span.end..b)
                    );
                }
            }
            "seg" => println!(
                "{}",
                seg.precise(Normalized::of(&text).text()).iter().map(|t| t.word).collect::<Vec<_>>().join("/")
            ),
            "places" => {
                let n = Normalized::of(&text);
                let v: Vec<_> = PF
                    .get_or_init(|| PlaceFinder::new(&regions, seg.clone()))
                    .find(tingsu::domain::Field::Text, &text, &n)
                    .into_iter()
                    .map(|p| serde_json::json!([p.at.span.start, p.at.span.end, p.text, p.region]))
                    .collect();
                println!("{}", serde_json::to_string(&v).unwrap());
            }
            _ => {}
        }
    }
}

static PF: std::sync::OnceLock<PlaceFinder> = std::sync::OnceLock::new();
