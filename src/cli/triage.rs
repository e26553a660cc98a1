//! `tingsu triage`: suggestions for a file of appeals, without storing anything.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, ErrorKind, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{boot, desk::wire::TriageWire, domain::Appeal, infer::Infer};

use super::{
    Places,
    exit::{self, Failure},
    lines, terminal,
};

/// Lines held at a time: enough that the workers seldom wait for the slowest of them, and a few MB.
const CHUNK: usize = 512;

#[derive(Args)]
pub(super) struct TriageArgs {
    /// 输入 JSONL,每行 {"id","title"?,"text"};- 为标准输入
    #[arg(long, value_name = "IN.jsonl")]
    input: PathBuf,
    /// 输出 JSONL,顺序与输入一致;- 为标准输出
    #[arg(long, value_name = "OUT.jsonl", default_value = "-")]
    output: PathBuf,
    /// 不给出依据片段(更快)
    #[arg(long)]
    no_reasons: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Deserialize)]
struct InLine {
    id: serde_json::Value,
    title: Option<String>,
    text: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OutLine {
    Done {
        id: serde_json::Value,
        #[serde(flatten)]
        answer: Box<TriageWire>,
    },
    Bad {
        line: usize,
        error: String,
    },
}

/// A line as read: an appeal with its id, or why not.
type Read1 = (usize, Result<(serde_json::Value, Appeal), String>);

pub(super) fn run(args: TriageArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let infer = Infer::start(Arc::new(boot::load_triager(&config.city, &config.model)?), config.infer);
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
    if same(&args.input, &args.output) {
        return Err(Failure::usage("input and output are the same file"));
    }
    let mut input = open_input(&args.input)?;
    let mut output: Box<dyn Write> = if args.output.as_os_str() == "-" {
        Box::new(BufWriter::new(std::io::stdout()))
    } else {
        let file = File::create(&args.output).map_err(|e| Failure::file("write", &args.output, &e))?;
        Box::new(BufWriter::new(file))
    };
    let bar = std::io::stderr().is_terminal().then(|| terminal::bar("研判", None));
    let (mut number, mut bad) = (0, 0);
    let mut chunk: Vec<Read1> = Vec::with_capacity(CHUNK);
    loop {
        let mut line = Vec::new();
        let n = input.read_until(b'\n', &mut line).map_err(|e| Failure::file("read", &args.input, &e))?;
        if n > 0 {
            number += 1;
            if let Some(read) = read(number, &line) {
                chunk.push((number, read));
            }
        }
        if chunk.len() == CHUNK || (n == 0 && !chunk.is_empty()) {
            let done = chunk.len() as u64;
            match answer(&infer, !args.no_reasons, std::mem::take(&mut chunk), &mut output)? {
                Ok(more) => bad += more,
                // `| head` has read enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(Failure::file("write", &args.output, &error)),
            }
            if let Some(bar) = &bar {
                bar.inc(done);
            }
        }
        if n == 0 {
            break;
        }
    }
    if let Err(error) = output.flush().or_else(|e| if e.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(e) }) {
        return Err(Failure::file("write", &args.output, &error));
    }
    if let Some(bar) = bar {
        bar.finish();
    }
    match bad {
        0 => Ok(()),
        n => Err(Failure::new(exit::PARTLY, format!("{n} of {number} lines could not be read; see their `error`"))),
    }
}

fn open_input(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).map_err(|e| Failure::file("read", path, &e))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Failure::usage(format!("{} is a folder, not a JSONL file", path.display())));
    }
    Ok(Box::new(BufReader::new(file.take(u64::MAX))))
}

/// Nothing for a blank line.
fn read(number: usize, line: &[u8]) -> Option<Result<(serde_json::Value, Appeal), String>> {
    let parsed = lines::read::<InLine>(number, line)?;
    Some(parsed.and_then(|line| {
        let appeal = Appeal::new(line.title.unwrap_or_default(), line.text.unwrap_or_default());
        if appeal.is_blank() {
            return Err(format!("第 {number} 行的 text 与 title 都没有内容"));
        }
        Ok((line.id, appeal))
    }))
}

/// Writes the answers of a chunk in the order of its lines; how many lines were bad, or why it cannot be written.
fn answer(
    infer: &Infer,
    explain: bool,
    chunk: Vec<Read1>,
    output: &mut impl Write,
) -> Result<std::io::Result<usize>, Failure> {
    let appeals: Vec<Appeal> = chunk.iter().filter_map(|(_, r)| r.as_ref().ok().map(|(_, a)| a.clone())).collect();
    let suggestions = infer.triage_many(appeals, explain).map_err(|e| Failure::internal(e.to_string()))?;
    let mut suggestions = suggestions.iter();
    let mut bad = 0;
    for (line, read) in chunk {
        let out = match read {
            Ok((id, _)) => {
                let Some(suggestion) = suggestions.next() else {
                    return Err(Failure::internal("the model answered fewer appeals than it was asked"));
                };
                OutLine::Done { id, answer: Box::new(TriageWire::from(suggestion)) }
            }
            Err(error) => {
                bad += 1;
                OutLine::Bad { line, error }
            }
        };
        let written = serde_json::to_writer(&mut *output, &out).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|()| output.write_all(b"\n")) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(bad))
}
