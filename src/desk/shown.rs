//! What of a hit is shown: the stretches of its texts that say why it was found.

use crate::{
    domain::{Span, Ticket},
    search::{self, Highlighter},
};

use super::{FindHit, Fragment};

/// Characters of one fragment.
const WIDTH: usize = 60;
/// Fragments of one hit.
const MOST: usize = 3;

/// A hit with its highlights. The text comes first; the reply and the place show themselves only where
/// they were found too.
pub(super) fn hit(highlighter: &Highlighter, ticket: Ticket, score: f32) -> FindHit {
    let content = &ticket.content;
    let text_marks = highlighter.spans(&content.appeal.text);
    let reply_text = content.handling.reply.as_deref().unwrap_or_default();
    let reply_marks = highlighter.spans(reply_text);
    let for_reply = match (reply_marks.is_empty(), text_marks.is_empty()) {
        (true, _) => 0,
        (false, false) => 1,
        // The start of the text stays, so that one sees what the matter was.
        (false, true) => MOST - 1,
    };
    let place = [&content.district, &content.town, &content.place]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>();
    let place = place.join(" ");
    let place_marks = highlighter.spans(&place);
    FindHit {
        score,
        title_marks: highlighter.spans(&content.appeal.title),
        fragments: cut(&content.appeal.text, &text_marks, MOST - for_reply),
        reply: cut(reply_text, &reply_marks, for_reply),
        place: (!place_marks.is_empty()).then_some((place, place_marks)),
        ticket,
    }
}

fn cut(text: &str, marks: &[Span], most: usize) -> Vec<Fragment> {
    let inside = |cut: Span| {
        let inside = marks.iter().filter(|m| m.overlaps(&cut));
        (cut, inside.map(|m| Span::new(m.start.max(cut.start), m.end.min(cut.end))).collect())
    };
    search::fragments(text, marks, WIDTH, most).into_iter().map(inside).collect()
}
