//! What kind of file is it, and in which encoding? Text comes out as UTF-8, streamed.
//!
//! The whole file is looked at once before the first row is read: an encoding that is guessed from
//! the first lines is wrong for files whose first lines are ASCII.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use encoding_rs::{Decoder, GB18030, UTF_8, UTF_16BE, UTF_16LE};

const CHUNK: usize = 256 * 1024;
/// How much text is looked at for delimiter and header.
const HEAD: usize = 256 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    /// UTF-8 with some bytes that are none.
    BrokenUtf8,
    Utf16Le,
    Utf16Be,
    Gb18030,
}

impl Charset {
    /// Whether decoding may put U+FFFD where the file had something else.
    pub(super) fn may_replace(self) -> bool {
        self != Charset::Utf8
    }

    fn decoder(self) -> Decoder {
        match self {
            Charset::Utf8 | Charset::BrokenUtf8 => UTF_8,
            Charset::Utf16Le => UTF_16LE,
            Charset::Utf16Be => UTF_16BE,
            Charset::Gb18030 => GB18030,
        }
        .new_decoder_with_bom_removal()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text(Charset),
    Xlsx,
    Xls,
    Empty,
    /// Not ours; the words say what it is.
    Binary(&'static str),
}

/// Looks at a file from its start and leaves it there.
pub(super) fn kind_of(file: &mut File) -> io::Result<Kind> {
    let mut first = vec![0; 64 * 1024];
    let n = fill(file, &mut first)?;
    first.truncate(n);
    let kind = match first.as_slice() {
        [] => Kind::Empty,
        [b'P', b'K', 3, 4, ..] => Kind::Xlsx,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Kind::Xls,
        [b'%', b'P', b'D', b'F', ..] => Kind::Binary("a PDF"),
        [0x1f, 0x8b, ..] => Kind::Binary("compressed (gzip)"),
        [0xff, 0xfe, ..] => Kind::Text(Charset::Utf16Le),
        [0xfe, 0xff, ..] => Kind::Text(Charset::Utf16Be),
        _ => by_bytes(&first, file)?,
    };
    file.seek(SeekFrom::Start(0))?;
    Ok(kind)
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while let Some(rest) = buffer.get_mut(n..).filter(|rest| !rest.is_empty()) {
        match file.read(rest)? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

fn by_bytes(first: &[u8], file: &mut File) -> io::Result<Kind> {
    let valid = std::str::from_utf8(first).is_ok() || cut_utf8(first);
    let zeros = first.iter().filter(|b| **b == 0).count();
    // UTF-16 without a mark has zeros (line ends, digits, commas) and is no UTF-8, or has many.
    if zeros > 0 && (!valid || zeros * 5 > first.len()) {
        for (encoding, charset) in [(UTF_16LE, Charset::Utf16Le), (UTF_16BE, Charset::Utf16Be)] {
            if reads_well(&encoding.decode_without_bom_handling(first).0) {
                return Ok(Kind::Text(charset));
            }
        }
    }
    let control = first.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)).count();
    if control * if valid { 3 } else { 100 } > first.len() {
        return Ok(Kind::Binary("no text"));
    }
    file.seek(SeekFrom::Start(0))?;
    let utf8 = count_utf8(file)?;
    if utf8.bad == 0 {
        return Ok(Kind::Text(Charset::Utf8));
    }
    // By chance few characters of GBK text look like UTF-8; a UTF-8 file has few that do not.
    if utf8.good > utf8.bad {
        return Ok(Kind::Text(Charset::BrokenUtf8));
    }
    let (text, _, _) = GB18030.decode(first);
    let replaced = text.chars().filter(|c| *c == '\u{fffd}').count();
    let kind =
        if replaced * 50 > text.chars().count() { Kind::Binary("no text") } else { Kind::Text(Charset::Gb18030) };
    Ok(kind)
}

/// Whether the bytes are UTF-8 but for a character that their end cuts.
fn cut_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_none())
}

/// Whether nearly all characters are such as Chinese texts are made of.
fn reads_well(text: &str) -> bool {
    let (mut usual, mut all) = (0, 0);
    for c in text.chars() {
        all += 1;
        usual += usize::from(matches!(c,
            '\t' | '\n' | '\r' | ' '..='~' | '\u{2010}'..='\u{203a}' | '\u{3000}'..='\u{303f}'
            | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'));
    }
    usual * 20 > all * 19
}

#[derive(Default)]
struct Utf8Count {
    /// Characters of more than one byte.
    good: u64,
    /// Places that are no UTF-8.
    bad: u64,
}

fn count_utf8(file: &mut File) -> io::Result<Utf8Count> {
    let mut count = Utf8Count::default();
    let mut buffer = vec![0; CHUNK];
    let mut kept = 0;
    loop {
        let n = match buffer.get_mut(kept..) {
            Some(rest) => fill(file, rest)?,
            None => 0,
        };
        let last = n == 0;
        let mut rest = buffer.get(..kept + n).unwrap_or_default();
        let carried = loop {
            let (valid, error) = match std::str::from_utf8(rest) {
                Ok(text) => (text.as_bytes(), None),
                Err(e) => (rest.get(..e.valid_up_to()).unwrap_or_default(), Some(e)),
            };
            count.good += valid.iter().filter(|b| **b >= 0xc0).count() as u64;
            match error {
                None => break 0,
                Some(e) => match e.error_len() {
                    Some(length) => {
                        count.bad += 1;
                        rest = rest.get(e.valid_up_to() + length..).unwrap_or_default();
                    }
                    None => break rest.len() - e.valid_up_to(),
                },
            }
        };
        if last {
            count.bad += u64::from(carried > 0);
            return Ok(count);
        }
        // Clearly another encoding: no need to read on.
        if count.bad > 10_000 && count.bad > count.good {
            return Ok(count);
        }
        let end = kept + n;
        buffer.copy_within(end - carried..end, 0);
        kept = carried;
    }
}

/// A file's text as UTF-8. What cannot be decoded becomes U+FFFD.
pub(super) struct Text {
    file: File,
    read: Arc<AtomicU64>,
    decoder: Decoder,
    input: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Text {
    pub(super) fn new(file: File, charset: Charset, read: Arc<AtomicU64>) -> Self {
        let (input, ready) = (vec![0; CHUNK], Vec::new());
        Self { file, read, decoder: charset.decoder(), input, ready, at: 0, ended: false }
    }
}

impl Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.ended {
            let n = self.file.read(&mut self.input)?;
            self.read.fetch_add(n as u64, Ordering::Relaxed);
            self.ended = n == 0;
            let room = self.decoder.max_utf8_buffer_length(n).unwrap_or(4 * CHUNK);
            self.ready.resize(room, 0);
            let bytes = self.input.get(..n).unwrap_or_default();
            // The buffer is as large as the decoder asks for, so all input is taken.
            let (_, _, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.ready, self.ended);
            self.ready.truncate(written);
            self.at = 0;
        }
        let rest = self.ready.get(self.at..).unwrap_or_default();
        let n = rest.len().min(out.len());
        for (to, from) in out.iter_mut().zip(rest) {
            *to = *from;
        }
        self.at += n;
        Ok(n)
    }
}

/// The text with its beginning looked at.
pub(super) struct Head {
    /// The first part, cut at the end of a line where there is one.
    pub(super) first: String,
    seen: Vec<u8>,
    rest: Text,
}

impl Head {
    pub(super) fn read(mut text: Text) -> io::Result<Self> {
        let mut seen = Vec::new();
        text.by_ref().take(HEAD as u64).read_to_end(&mut seen)?;
        let mut first = String::from_utf8_lossy(&seen).into_owned();
        if seen.len() == HEAD
            && let Some(end) = first.rfind('\n')
        {
            first.truncate(end + 1);
        }
        Ok(Self { first, seen, rest: text })
    }

    /// The first character that is no white space.
    pub(super) fn first_character(&self) -> Option<char> {
        self.first.chars().find(|c| !c.is_whitespace() && *c != '\u{feff}')
    }

    /// All of the text, from its start.
    pub(super) fn into_reader(self) -> impl BufRead + Send + 'static {
        BufReader::with_capacity(CHUNK, Cursor::new(self.seen).chain(self.rest))
    }
}
