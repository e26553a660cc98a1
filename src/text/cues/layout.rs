//! Where clauses, sentences and quotations begin and end in a text.

use std::ops::Range;

use super::words::Place;

/// A quotation of more characters is somebody's speech, which may be a threat in earnest; a shorter
/// one is a name, a slogan or a word that is talked about.
const SHORT_QUOTE: usize = 6;

/// The shape of one normalised text, by character.
pub(super) struct Layout {
    /// Byte at which each character begins, and the end of the text.
    starts: Vec<usize>,
    /// Number of the clause and of the sentence of each character.
    clause: Vec<u32>,
    sentence: Vec<u32>,
    /// Quoted stretches, sorted.
    quotes: Vec<Range<usize>>,
}

impl Layout {
    pub(super) fn of(text: &str) -> Self {
        let mut layout = Layout { starts: Vec::new(), clause: Vec::new(), sentence: Vec::new(), quotes: Vec::new() };
        let chars: Vec<char> = text.chars().collect();
        let (mut clause, mut sentence) = (0, 0);
        let mut open: Option<(usize, char)> = None;
        for (n, (byte, c)) in text.char_indices().enumerate() {
            layout.starts.push(byte);
            layout.clause.push(clause);
            layout.sentence.push(sentence);
            let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
            // 8:40 and 3,500 end no clause.
            let in_number = matches!(c, ':' | ',' | '.') && digit(n.checked_sub(1)) && digit(Some(n + 1));
            match c {
                '。' | '！' | '？' | '!' | '?' | '\n' | '…' => {
                    clause += 1;
                    sentence += 1;
                }
                '，' | ',' | '；' | ';' | '：' | ':' | ' ' if !in_number => clause += 1,
                _ => {}
            }
            match open {
                Some((start, close)) if c == close => {
                    let title = close == '》' || close == '〉';
                    if title || n - start - 1 <= SHORT_QUOTE {
                        layout.quotes.push(start..n + 1);
                    }
                    open = None;
                }
                Some(_) => {}
                None => open = closing(c).map(|close| (n, close)),
            }
        }
        layout.starts.push(text.len());
        layout
    }

    /// The character that begins at or holds a byte.
    pub(super) fn char_at(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start < byte)
    }

    /// The bytes of a stretch of characters.
    pub(super) fn bytes(&self, at: Place) -> Range<usize> {
        let byte = |n: usize| self.starts.get(n).or(self.starts.last()).copied().unwrap_or(0);
        byte(at.start)..byte(at.end)
    }

    pub(super) fn same_clause(&self, a: usize, b: usize) -> bool {
        self.clause.get(a) == self.clause.get(b)
    }

    pub(super) fn same_sentence(&self, a: usize, b: usize) -> bool {
        self.sentence.get(a) == self.sentence.get(b)
    }

    /// Whether a stretch lies in a title mark or a short quotation.
    pub(super) fn is_quoted(&self, at: Place) -> bool {
        let n = self.quotes.partition_point(|q| q.end < at.end);
        self.quotes.get(n).is_some_and(|q| q.start <= at.start && at.end <= q.end)
    }
}

/// The mark that ends what `c` opens.
fn closing(c: char) -> Option<char> {
    Some(match c {
        '《' => '》',
        '〈' => '〉',
        '“' => '”',
        '「' => '」',
        '『' => '』',
        '"' => '"',
        _ => return None,
    })
}
