//! Sentence vectors of tickets on disk, so that a restart need not compute them again. Derived: a file
//! that is gone, torn or of another bundle costs time, nothing else.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{domain::TicketId, numeric::Quantised, search::Vectors};

/// One bundle's file, open for appending.
#[derive(Debug)]
pub(super) struct VectorFile {
    file: File,
    width: usize,
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

/// Takes in what a file of the vectors' bundle holds, as far as it is sound; how many bytes that is.
/// Writes nothing: the file may be another process's.
pub(super) fn load(dir: &Path, vectors: &Vectors) -> io::Result<u64> {
    let bytes = match fs::read(path(dir, vectors.bundle())) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(e),
    };
    let header = header(vectors.width());
    if !bytes.starts_with(&header) {
        return Ok(0);
    }
    let mut sound = header.len();
    while let Some((id, vector, length)) = parse(&bytes[sound..], vectors.width()) {
        vectors.put([(&id, vector.slice())]);
        sound += length;
    }
    Ok(sound as u64)
}

impl VectorFile {
    /// Opens a bundle's file and takes in what is sound; what follows the first damage is cut off.
    pub(super) fn open(dir: &Path, vectors: &Vectors) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let sound = load(dir, vectors)?;
        let mut file = OpenOptions::new().create(true).append(true).open(path(dir, vectors.bundle()))?;
        file.set_len(sound)?;
        if sound == 0 {
            file.write_all(&header(vectors.width()))?;
        }
        Ok(Self { file, width: vectors.width() })
    }

    /// Keeps vectors for the next start.
    pub(super) fn append(&mut self, rows: &[(TicketId, Quantised)]) -> io::Result<()> {
        let own = rows.iter().filter(|(_, v)| v.values.len() == self.width);
        self.file.write_all(&own.flat_map(|(id, v)| record(id, v)).collect::<Vec<u8>>())
    }
}
