//! Charts: what is drawn, in print and for those who cannot see it.

use tingsu::report::chart::{Lettering, Mark, Picture, Plot, Point, legend, png, svg};

use super::paper::well_formed;

fn pictures() -> Vec<Picture> {
    let mark = |label: &str, value: f64, change: Option<i8>| Mark {
        label: label.into(),
        value,
        shown: value.to_string(),
        change: change.map(|s| (s, format!("{:+}%", i32::from(s) * 12))),
    };
    let marks = vec![
        mark("甲区 & <乙>", 151.0, Some(1)),
        mark("丙区", 75.0, Some(-1)),
        mark("丁区", 0.0, Some(0)),
        mark("戊", 3.0, None),
    ];
    let point = |k: usize| Point {
        label: format!("5-{k}"),
        value: (k * 7 % 11) as f64,
        shown: (k * 7 % 11).to_string(),
        band: (k > 3).then_some((2.0, 9.0)),
        alarm: k == 5,
    };
    let picture = |plot: Plot| Picture { title: "题<".into(), alt: "说明&".into(), unit: "件".into(), plot };
    vec![
        picture(Plot::Trend { points: (0..40).map(point).collect(), band: Some("常见范围".into()) }),
        picture(Plot::Trend { points: vec![], band: None }),
        picture(Plot::Trend { points: vec![point(1)], band: None }),
        picture(Plot::Bars(marks.clone())),
        picture(Plot::Bars(vec![])),
        picture(Plot::Tiles(marks)),
        picture(Plot::Heat((0..7).map(|d| (0..24).map(|h| d * h % 13).collect()).collect())),
        picture(Plot::Heat(vec![vec![0; 24]; 7])),
    ]
}

#[test]
fn charts_are_xml_with_a_title_on_every_mark() {
    for picture in pictures() {
        for lettering in [Lettering::Words, Lettering::Numbers] {
            let drawn = svg(&picture, lettering);
            well_formed("svg", &drawn);
            assert_eq!(drawn, svg(&picture, lettering));
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
            let marks = match &picture.plot {
                Plot::Trend { points, .. } => points.len(),
                Plot::Bars(marks) | Plot::Tiles(marks) => marks.len(),
                Plot::Heat(rows) => rows.iter().map(Vec::len).sum(),
            };
            // The picture's own title is one more; so is the band's.
            assert!(drawn.matches("<title>").count() > marks, "{drawn}");
            if lettering == Lettering::Numbers {
                let words = drawn.split("<text ").skip(1).map(|t| t.split("</text>").next().unwrap());
                for word in words {
                    assert!(!word.chars().any(|c| ('一'..='鿿').contains(&c)), "{word}");
                }
                assert!(!drawn.contains("<text "), "strokes need no font: {drawn}");
            }
        }
        let raster = png(&picture).unwrap();
        assert!(raster.png.starts_with(b"\x89PNG"));
        assert_eq!(raster, png(&picture).unwrap());
    }
    assert_eq!(legend(&pictures()[3]), ["甲区 & <乙>", "丙区", "丁区", "戊"]);
}

#[test]
fn few_appeals_are_marked_by_whole_numbers() {
    let point = |(day, &value): (usize, &f64)| Point {
        label: format!("5-{day}"),
        value,
        shown: value.to_string(),
        band: None,
        alarm: false,
    };
    let check = |values: &[f64], has: &[&str], lacks: &[&str]| {
        let plot = Plot::Trend { points: values.iter().enumerate().map(point).collect(), band: None };
        let picture = Picture { title: "题".into(), alt: "说明".into(), unit: "件".into(), plot };
        let drawn = svg(&picture, Lettering::Words);
        let marked = |mark: &str| drawn.contains(&format!(">{mark}</text>"));
        assert!(has.iter().all(|mark| marked(mark)) && !lacks.iter().any(|mark| marked(mark)), "{values:?}: {drawn}");
    };
    check(&[0.0, 1.0, 0.0, 2.0], &["1", "2"], &["0.5", "1.5"]);
    check(&[0.0, 1.0], &["1"], &["0.25", "0.5"]);
    check(&[0.0, 3.0, 1.0], &["1", "2", "3"], &["0.5"]);
    // a rate keeps its fractions
    check(&[0.5, 1.25], &["0.5", "1"], &[]);
}
