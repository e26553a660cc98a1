//! The text as the rules read it: one folded character for each original one, so that every place that
//! a rule finds is a place in the original.

/// A bulletin's characters, as written and folded.
pub(super) struct Page {
    written: Vec<char>,
    folded: Vec<char>,
}

/// Traditional characters among the words that the rules look for. A whole conversion would change the
/// number of characters; the rules need these alone.
const PLAIN: &str = "佔占環环長长減减為为較较週周總总個个萬万億亿餘余約约訴诉達达與与類类項项條条筆笔際际門门電电話话網网\
    訪访辦办結结滿满絕绝複复並并後后間间問问題题標标準准應应計计許许轉转派派單单額额歲岁兩两來来漲涨隻只幾几";

fn fold(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2002}' | '\u{2003}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '﹪' => '%',
        '﹐' => ',',
        '﹔' => ';',
        '–' | '—' | '―' | '−' => '-',
        '〜' => '~',
        _ => c,
    }
}

impl Page {
    pub(super) fn of(text: &str) -> Self {
        let table: Vec<char> = PLAIN.chars().filter(|c| !c.is_whitespace()).collect();
        let written: Vec<char> = text.chars().collect();
        let folded = written
            .iter()
            .map(|&c| {
                let c = fold(c);
                match c {
                    '一'..='鿿' => table.chunks_exact(2).find(|pair| pair[0] == c).map_or(c, |pair| pair[1]),
                    c => c,
                }
            })
            .collect();
        Self { written, folded }
    }

    pub(super) fn len(&self) -> usize {
        self.folded.len()
    }

    /// The folded character, or a line end behind the text.
    pub(super) fn at(&self, i: usize) -> char {
        self.folded.get(i).copied().unwrap_or('\n')
    }

    /// The character as written, or a line end behind the text.
    pub(super) fn written_at(&self, i: usize) -> char {
        self.written.get(i).copied().unwrap_or('\n')
    }

    /// Folded text of a stretch.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        self.folded.get(from..to.min(self.len())).unwrap_or_default().iter().collect()
    }

    /// Text of a stretch as written.
    pub(super) fn written(&self, from: usize, to: usize) -> String {
        self.written.get(from..to.min(self.len())).unwrap_or_default().iter().collect()
    }

    /// Does the folded text say `word` at `i`?
    pub(super) fn says(&self, i: usize, word: &str) -> bool {
        let mut at = i;
        word.chars().all(|c| {
            at += 1;
            self.at(at - 1) == c
        })
    }
}

/// 满意率(含基本满意)为: the words without a remark in brackets that is closed before the number.
pub(super) fn without_remarks(lead: &str) -> String {
    let mut plain = lead.to_owned();
    while let Some(close) = plain.find(')')
        && let Some(open) = plain[..close].rfind('(')
        && open > 0
    {
        plain.replace_range(open..=close, "");
    }
    plain
}
