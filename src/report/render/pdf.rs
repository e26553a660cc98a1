//! PDF by a program of the machine: LibreOffice from the DOCX, else a browser from the page.
//!
//! What such a program stamps its file with, the clock and an id, is set to the brief's own: with the same program and
//! the same fonts the same brief makes the same bytes. (LibreOffice 7.4 asks no `SOURCE_DATE_EPOCH`.)

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{RenderError, Rendered, docx, html};
use crate::domain::brief::Brief;

/// A program that prints PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printer {
    /// LibreOffice.
    Office(PathBuf),
    /// Chromium, Chrome, Edge.
    Browser(PathBuf),
}

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program of this machine that prints PDF: LibreOffice before a browser.
pub fn printer() -> Option<Printer> {
    let folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect()).unwrap_or_default();
    let find =
        |names: &[&str]| names.iter().find_map(|name| folders.iter().map(|f| f.join(name)).find(|path| path.is_file()));
    find(&["soffice", "libreoffice"])
        .map(Printer::Office)
        .or_else(|| find(&["chromium", "chromium-browser", "google-chrome", "microsoft-edge"]).map(Printer::Browser))
}

pub(super) fn render(brief: &Brief) -> Result<Rendered, RenderError> {
    let printer = printer().ok_or(RenderError::NoPrinter)?;
    let folder = Folder::new(&brief.hash)?;
    let result = match &printer {
        Printer::Office(program) => {
            let made = docx::render(brief)?;
            fs::write(folder.0.join("brief.docx"), &made.bytes)?;
            let home: OsString = format!("-env:UserInstallation=file://{}", folder.0.join("home").display()).into();
            let args: [OsString; 7] = [
                home,
                "--headless".into(),
                "--convert-to".into(),
                "pdf".into(),
                "--outdir".into(),
                folder.0.clone().into(),
                folder.0.join("brief.docx").into(),
            ];
            run("LibreOffice", program, &args).map(|()| made.notices)
        }
        Printer::Browser(program) => {
            fs::write(folder.0.join("brief.html"), html::render(brief))?;
            let args: [OsString; 7] = [
                "--headless".into(),
                "--no-sandbox".into(),
                "--disable-gpu".into(),
                "--no-pdf-header-footer".into(),
                format!("--user-data-dir={}", folder.0.join("home").display()).into(),
                format!("--print-to-pdf={}", folder.0.join("brief.pdf").display()).into(),
                format!("file://{}", folder.0.join("brief.html").display()).into(),
            ];
            run("Chromium", program, &args).map(|()| Vec::new())
        }
    };
    let notices = result?;
    Ok(Rendered { bytes: pinned(fs::read(folder.0.join("brief.pdf"))?, brief), notices })
}

/// The file with the brief's time and id in place of the printer's, digit for digit: nothing in it moves.
fn pinned(mut pdf: Vec<u8>, brief: &Brief) -> Vec<u8> {
    let clock = brief.made_at.strftime("%Y%m%d%H%M%S").to_string();
    for key in ["/CreationDate(D:", "/ModDate(D:"] {
        overwrite(&mut pdf, key, &clock);
    }
    let id = blake3::hash(brief.hash.as_bytes()).to_hex()[..32].to_uppercase();
    overwrite(&mut pdf, "/DocChecksum /", &id);
    overwrite(&mut pdf, "/ID [ <", &id);
    overwrite(&mut pdf, &format!("/ID [ <{id}>\n<"), &id);
    pdf
}

/// Writes over the letters and digits behind the last place of a key, if there are as many.
fn overwrite(pdf: &mut [u8], key: &str, with: &str) {
    let Some(at) = pdf.windows(key.len()).rposition(|found| found == key.as_bytes()) else { return };
    let from = at + key.len();
    if let Some(place) = pdf.get_mut(from..from + with.len())
        && place.iter().all(u8::is_ascii_alphanumeric)
    {
        place.copy_from_slice(with.as_bytes());
    }
}

fn run(name: &'static str, program: &Path, args: &[OsString]) -> Result<(), RenderError> {
    let failed = |why: String| RenderError::Printer(name, why);
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| failed(e.to_string()))?;
    let start = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(failed(status.to_string())),
            None if start.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("{} 秒内没有完成", PATIENCE.as_secs())));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// A folder of its own that goes with its holder.
struct Folder(PathBuf);

impl Folder {
    fn new(hash: &str) -> Result<Self, RenderError> {
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let short: String = hash.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let path = std::env::temp_dir().join(format!("tingsu-pdf-{}-{count}-{short}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
