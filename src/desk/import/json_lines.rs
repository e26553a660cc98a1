//! One JSON object per line.

use std::io::{BufRead, Read};

use super::{Broken, Next, Said, SourceRow, encoding::Head};

/// A longer line is taken for a file that is not one object per line.
const LONGEST: usize = 16 * 1024 * 1024;
/// What is shown of such a line.
const SHOWN: usize = 4 * 1024;

pub(super) struct JsonLines {
    text: Box<dyn BufRead + Send>,
    number: u64,
}

impl JsonLines {
    pub(super) fn new(head: Head) -> Self {
        Self { text: Box::new(head.into_reader()), number: 0 }
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> Next {
        loop {
            let mut line = Vec::new();
            self.number += 1;
            let limited = self.text.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut line);
            match limited {
                Err(e) => return Some(Err(Broken(format!("line {}: {e}", self.number)))),
                Ok(0) => return None,
                Ok(_) => {}
            }
            if line.len() > LONGEST {
                if let Err(e) = self.text.skip_until(b'\n') {
                    return Some(Err(Broken(format!("line {}: {e}", self.number))));
                }
                line.truncate(SHOWN);
                line.extend_from_slice("… (line of more than 16 MiB, cut here)".as_bytes());
            }
            // Decoded before; only the cut above can split a character.
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if !line.trim().is_empty() {
                let said = Said::Line(line.to_owned());
                return Some(Ok(SourceRow { number: self.number, sheet: None, said }));
            }
        }
    }
}
