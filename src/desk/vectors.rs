//! Sentence vectors of tickets on disk, so that a restart need not compute them again. Derived: a file
//! that is gone, torn or of another bundle costs time, nothing else.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{domain::TicketId, model::memory::Quantised};

/// One bundle's file, open for appending, and what it held.
#[derive(Debug)]
pub(super) struct VectorFile {
    file: File,
    width: usize,
    /// Vectors read at the start; taken out as they are used.
    pub(super) held: HashMap<TicketId, Quantised>,
}

/// `vectors/<bundle>.vec` under the data folder.
fn path(dir: &Path, bundle: &str) -> PathBuf {
    let safe: String = bundle
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '@' | '.') { c } else { '_' })
        .collect();
    dir.join(format!("{safe}.vec"))
}

fn header(width: usize) -> Vec<u8> {
    format!("tingsu vectors 1 {width}\n").into_bytes()
}

fn record(ticket: &TicketId, vector: &Quantised) -> Vec<u8> {
    let id = ticket.as_str().as_bytes();
    let mut bytes = Vec::with_capacity(id.len() + vector.values.len() + 10);
    bytes.extend((id.len() as u16).to_le_bytes());
    bytes.extend(id);
    bytes.extend(vector.scale.to_le_bytes());
    bytes.extend(vector.values.iter().map(|v| v.to_le_bytes()[0]));
    let sum = blake3::hash(&bytes);
    bytes.extend(&sum.as_bytes()[..4]);
    bytes
}

/// The first record and its length; none where the rest is torn or damaged.
fn parse(bytes: &[u8], width: usize) -> Option<(TicketId, Quantised, usize)> {
    let id_length = usize::from(u16::from_le_bytes(bytes.get(..2)?.try_into().ok()?));
    let (scale, values, sum) = (2 + id_length, 6 + id_length, 6 + id_length + width);
    if blake3::hash(bytes.get(..sum)?).as_bytes()[..4] != *bytes.get(sum..sum + 4)? {
        return None;
    }
    let id = TicketId::new(std::str::from_utf8(bytes.get(2..scale)?).ok()?).ok()?;
    let scale = f32::from_le_bytes(bytes.get(scale..values)?.try_into().ok()?);
    let values = bytes.get(values..sum)?.iter().map(|b| i8::from_le_bytes([*b])).collect();
    Some((id, Quantised { values, scale }, sum + 4))
}

impl VectorFile {
    /// Opens a bundle's file and reads what is sound; what follows the first damage is cut off.
    pub(super) fn open(dir: &Path, bundle: &str, width: usize) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let path = path(dir, bundle);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(e),
        };
        let header = header(width);
        let mut held = HashMap::new();
        let mut sound = 0;
        if bytes.starts_with(&header) {
            sound = header.len();
            while let Some((id, vector, length)) = parse(&bytes[sound..], width) {
                held.insert(id, vector);
                sound += length;
            }
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.set_len(sound as u64)?;
        if sound == 0 {
            file.write_all(&header)?;
        }
        Ok(Self { file, width, held })
    }

    /// Keeps vectors for the next start.
    pub(super) fn append(&mut self, rows: &[(TicketId, Quantised)]) -> io::Result<()> {
        let own = rows.iter().filter(|(_, v)| v.values.len() == self.width);
        self.file.write_all(&own.flat_map(|(id, v)| record(id, v)).collect::<Vec<u8>>())
    }
}
