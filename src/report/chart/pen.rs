//! What every chart is drawn with: shapes with titles, words with an anchor, numbers of two decimals.

use std::fmt::Write;

use super::{Lettering, strokes::glyph};

/// Width of every picture.
pub(super) const WIDTH: f64 = 720.0;
/// Inks that stay apart in grey.
pub(super) const INK: &str = "#1f2933";
pub(super) const FAINT: &str = "#46515e";
pub(super) const LINE: &str = "#d5dae0";
pub(super) const BAND: &str = "#e6e9ed";
pub(super) const ACCENT: &str = "#2b5c8f";
pub(super) const ALARM: &str = "#b3261e";

/// Where words begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Collects the shapes of one picture.
pub(super) struct Pen {
    out: String,
    lettering: Lettering,
    links: Vec<String>,
}

/// Two decimals at most, without trailing zeros: the same number always prints the same.
pub(super) fn n(value: f64) -> String {
    let text = format!("{:.2}", if value.is_finite() { value } else { 0.0 });
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Text for XML; what XML does not allow is left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if (c as u32) < 0x20 || matches!(c as u32, 0xfffe | 0xffff) => {}
            c => out.push(c),
        }
    }
    out
}

/// Width of words at a size: a Chinese character is as wide as the size, a Latin one about half.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum::<f64>() * size
}

impl Pen {
    pub(super) fn new(lettering: Lettering) -> Self {
        Self { out: String::new(), lettering, links: Vec::new() }
    }

    /// The same, its marks leading somewhere: one address a mark, empty for none.
    pub(super) fn leading(self, links: &[String]) -> Self {
        Self { links: links.to_vec(), ..self }
    }

    /// Begins a mark.
    pub(super) fn mark(&mut self, at: usize) {
        if let Some(href) = self.links.get(at).filter(|href| !href.is_empty()) {
            let _ = write!(self.out, "<a href=\"{}\">", escape(href));
        }
    }

    /// Ends it.
    pub(super) fn marked(&mut self, at: usize) {
        if self.links.get(at).is_some_and(|href| !href.is_empty()) {
            self.out.push_str("</a>");
        }
    }

    /// Words by their place in the legend: themselves, or their number.
    pub(super) fn word(&self, index: usize, words: &str) -> String {
        match self.lettering {
            Lettering::Words => words.to_owned(),
            Lettering::Numbers => format!("[{}]", index + 1),
        }
    }

    /// Words that can be left out where no font draws them.
    pub(super) fn note(&self, words: &str) -> String {
        match self.lettering {
            Lettering::Words => words.to_owned(),
            Lettering::Numbers => words.chars().filter(char::is_ascii).collect(),
        }
    }

    fn titled(&mut self, open: &str, title: &str) {
        let _ = match title {
            "" => writeln!(self.out, "<{open}/>"),
            title => {
                let name = open.split(' ').next().unwrap_or("g");
                writeln!(self.out, "<{open}><title>{}</title></{name}>", escape(title))
            }
        };
    }

    pub(super) fn rect(&mut self, [x, y, w, h]: [f64; 4], fill: &str, title: &str) {
        let open = format!(
            "rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"",
            n(x),
            n(y),
            n(w.max(0.0)),
            n(h.max(0.0))
        );
        self.titled(&open, title);
    }

    pub(super) fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], ink: &str, wide: f64) {
        let open = format!(
            "line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{ink}\" stroke-width=\"{}\"",
            n(x1),
            n(y1),
            n(x2),
            n(y2),
            n(wide)
        );
        self.titled(&open, "");
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], closed: bool, ink: &str, title: &str) {
        let mut d = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if at == 0 { "M" } else { "L" }, n(*x), n(*y));
        }
        let look = if closed {
            d.push('Z');
            format!("fill=\"{ink}\" stroke=\"none\"")
        } else {
            format!("fill=\"none\" stroke=\"{ink}\" stroke-width=\"2\" stroke-linejoin=\"round\"")
        };
        self.titled(&format!("path d=\"{d}\" {look}"), title);
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), r: f64, fill: &str, title: &str) {
        let open = format!("circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{fill}\"", n(x), n(y), n(r));
        self.titled(&open, title);
    }

    /// Words at a point; where no font can be counted on, their digits as strokes.
    pub(super) fn text(&mut self, (x, y): (f64, f64), size: f64, ink: &str, anchor: Anchor, words: &str) {
        if self.lettering == Lettering::Numbers {
            return self.strokes((x, y), size, ink, anchor, words);
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let _ = writeln!(
            self.out,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{ink}\"{anchor}>{}</text>",
            n(x),
            n(y),
            n(size),
            escape(words)
        );
    }

    fn strokes(&mut self, (x, y): (f64, f64), size: f64, ink: &str, anchor: Anchor, words: &str) {
        let (unit, step) = (size * 0.115, size * 0.62);
        let long = step * words.chars().count() as f64;
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - long / 2.0,
            Anchor::End => x - long,
        };
        let mut d = String::new();
        for (at, c) in words.chars().enumerate() {
            let from = left + step * at as f64;
            for line in glyph(c) {
                for (k, (px, py)) in line.iter().enumerate() {
                    let (px, py) = (from + px * unit, y - (6.0 - py) * unit);
                    let _ = write!(d, "{}{} {}", if k == 0 { "M" } else { "L" }, n(px), n(py));
                }
            }
        }
        if !d.is_empty() {
            let wide = n(size * 0.09);
            let look = format!("fill=\"none\" stroke=\"{ink}\" stroke-width=\"{wide}\" stroke-linecap=\"round\"");
            self.titled(&format!("path d=\"{d}\" {look} stroke-linejoin=\"round\""), "");
        }
    }

    pub(super) fn close(self, title: &str, alt: &str, height: f64) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" \
             font-family=\"'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','SimHei','WenQuanYi Zen Hei',sans-serif\">\n\
             <title>{}</title>\n<desc>{}</desc>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escape(title),
            escape(alt),
            self.out,
            w = n(WIDTH),
            h = n(height)
        )
    }
}

/// A round number at or above the greatest value, and the step of its axis.
pub(super) fn scale(most: f64) -> (f64, f64) {
    if !most.is_finite() || most <= 0.0 {
        return (1.0, 1.0);
    }
    let raw = most / 4.0;
    let ten = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * ten).find(|s| *s >= raw - 1e-9).unwrap_or(ten * 10.0);
    let step = if most >= 4.0 && step.fract() != 0.0 { step.ceil() } else { step };
    ((most / step).ceil() * step, step)
}
