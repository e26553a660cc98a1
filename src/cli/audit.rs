//! `tingsu audit`: does every number of a bulletin follow from the others?

use std::{
    fs::File,
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;

use crate::report::audit::{
    Check, Verdict, audit,
    read::{Form, LARGEST, read},
};

use super::exit::{self, Failure};

#[derive(Args)]
pub(super) struct AuditArgs {
    /// 简报文件:文本(UTF-8 或 GB18030)、DOCX、HTML;- 为标准输入
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 输出 JSON:{"checks":[{"verdict","claim","start","end","expected","given",…}]};起止为字符位置
    #[arg(long)]
    json: bool,
    /// 只列不符的说法
    #[arg(long, conflicts_with = "text")]
    wrong: bool,
    /// 只输出核对所用的文字(DOCX、HTML 的起止位置以此为准)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

/// A check on the wire.
#[derive(Serialize)]
struct Out<'a> {
    verdict: &'static str,
    claim: &'a str,
    start: usize,
    end: usize,
    expected: Option<&'a str>,
    given: &'a str,
    kind: &'static str,
    denominator: Option<&'a str>,
    arithmetic: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Outs<'a> {
    checks: Vec<Out<'a>>,
}

pub(super) fn run(args: &AuditArgs) -> Result<(), Failure> {
    let bytes = bytes(&args.file)?;
    let (text, form) = read(&bytes).map_err(|e| Failure::usage(format!("{}: {e}", args.file.display())))?;
    if args.text {
        print!("{text}");
        return Ok(());
    }
    let checks = audit(&text);
    let wrong = checks.iter().filter(|c| c.verdict == Verdict::Disagrees).count();
    let told = |check: &&Check| !args.wrong || check.verdict == Verdict::Disagrees;
    if args.json {
        let outs = Outs { checks: checks.iter().filter(told).map(out).collect() };
        println!("{}", serde_json::to_string(&outs).map_err(|e| Failure::internal(e.to_string()))?);
    } else {
        show(&text, form, &checks, told);
    }
    if wrong > 0 { Err(Failure::new(exit::CONTRADICTS, "")) } else { Ok(()) }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte more than is allowed tells that there is more.
    let limit = LARGEST as u64 + 1;
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|e| Failure::file("read", path, &e))?;
    Ok(bytes)
}

fn out(c: &Check) -> Out<'_> {
    Out {
        verdict: c.verdict.name(),
        claim: &c.claim,
        start: c.start,
        end: c.end,
        expected: c.expected.as_deref(),
        given: &c.given,
        kind: c.kind.name(),
        denominator: c.denominator.as_deref(),
        arithmetic: &c.arithmetic,
        reason: &c.reason,
    }
}

/// Colours of the verdicts, on a terminal only.
fn paint(verdict: Verdict, text: &str, colours: bool) -> String {
    let code = match verdict {
        Verdict::Agrees => "32",
        Verdict::Disagrees => "1;31",
        Verdict::Unknown => "2",
    };
    if colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Line and column of a character, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let (mut line, mut column) = (1, 1);
    for c in text.chars().take(at) {
        if c == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    (line, column)
}

/// Tells the checks that are `told`, and counts all.
fn show(text: &str, form: Form, checks: &[Check], told: impl Fn(&&Check) -> bool) {
    let colours = std::io::stdout().is_terminal();
    for c in checks.iter().filter(told) {
        let (line, column) = place(text, c.start);
        let claim: String = c.claim.split_whitespace().collect::<Vec<_>>().join(" ");
        let claim = match claim.chars().count() {
            0..=60 => claim,
            n => format!(
                "{}…{}",
                claim.chars().take(34).collect::<String>(),
                claim.chars().skip(n - 24).collect::<String>()
            ),
        };
        println!("{} {line}:{column} {} 「{claim}」", paint(c.verdict, c.verdict.label(), colours), c.kind.label());
        if let Some(of) = &c.denominator {
            println!("    分母(基数):{of}");
        }
        if !c.arithmetic.is_empty() {
            println!("    算式:{}", c.arithmetic);
        }
        if !c.reason.is_empty() {
            println!("    {}", c.reason);
        }
    }
    let count = |verdict| checks.iter().filter(|c| c.verdict == verdict).count();
    let from = match form {
        Form::Text => "",
        Form::Docx => "(DOCX 正文)",
        Form::Html => "(网页正文)",
    };
    println!(
        "共核对 {} 处{from}:相符 {},{},无法核对 {}",
        checks.len(),
        count(Verdict::Agrees),
        paint(
            if count(Verdict::Disagrees) > 0 { Verdict::Disagrees } else { Verdict::Agrees },
            &format!("不符 {}", count(Verdict::Disagrees)),
            colours
        ),
        count(Verdict::Unknown)
    );
    if checks.is_empty() {
        println!("文中没有可以核对的数字说法。");
    }
}
