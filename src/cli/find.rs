//! `tingsu search`: one query for people, or a file of queries for programs.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    boot,
    desk::{Desk, FindRequest},
    domain::format_city,
    search::{Facet, Interval},
    text::mask,
};

use super::{
    Places, asynchronously,
    exit::{self, Failure},
    lines,
};

/// How long a running service is given to index what is stored.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct SearchArgs {
    /// 检索式,如:停水 "望江小区" -已解决 区县:明湖区 时间:近7天
    #[arg(required_unless_present = "queries", conflicts_with = "queries")]
    q: Option<String>,
    /// 检索式文件 JSONL,每行 {"id","q"}
    #[arg(long, value_name = "Q.jsonl", requires = "output")]
    queries: Option<PathBuf>,
    /// 结果文件 JSONL,每行 {"id","hits":[{"ticket","score"}],"ms"}
    #[arg(long, value_name = "HITS.jsonl")]
    output: Option<PathBuf>,
    /// 每个检索式的结果数
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// 统计各项条件下的件数,以逗号分隔:type level1 category department district town urgency channel status satisfaction
    #[arg(long, value_name = "FACETS", value_delimiter = ',', value_parser = facet, conflicts_with = "queries")]
    facets: Vec<Facet>,
    /// 按来电时间统计件数:auto hour day week month
    #[arg(long, value_name = "INTERVAL", value_parser = interval, conflicts_with = "queries")]
    histogram: Option<Interval>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

fn facet(code: &str) -> Result<Facet, String> {
    let known = || Facet::ALL.into_iter().filter(|f| *f != Facet::Caller);
    known()
        .find(|f| f.code() == code || f.query_name() == code)
        .ok_or_else(|| format!("可以是:{}", known().map(Facet::code).collect::<Vec<_>>().join(" ")))
}

fn interval(code: &str) -> Result<Interval, String> {
    Interval::ALL.into_iter().find(|i| i.code() == code).ok_or_else(|| "可以是:auto hour day week month".to_owned())
}

#[derive(Deserialize)]
struct QueryLine {
    id: serde_json::Value,
    q: String,
}

#[derive(Serialize)]
struct HitWire {
    ticket: String,
    score: f32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum HitsLine {
    Done { id: serde_json::Value, hits: Vec<HitWire>, ms: f64 },
    Bad { line: usize, error: String },
}

pub(super) fn run(args: SearchArgs) -> Result<(), Failure> {
    let mut config = args.places.config()?;
    // Searching needs the pack's dictionary, not the model.
    config.model = boot::ModelSource::None;
    if !config.data.join("tingsu.db").exists() {
        return Err(Failure::usage(format!(
            "no data in {}: import something first, or name the folder with --data",
            config.data.display()
        )));
    }
    asynchronously(async {
        let opened = boot::open_reading(&config).await?;
        let desk = &opened.desk;
        // What was stored since the last indexing must be found.
        if opened.beside_service {
            let missing = desk.wait_for_index(PATIENCE).await?;
            if missing > 0 {
                eprintln!("tingsu: 服务还有 {missing} 项变更没有编入索引,结果可能不全");
            }
        } else {
            while desk.index_step().await? > 0 {}
        }
        match (&args.q, &args.queries, &args.output) {
            (Some(q), ..) => one(desk, q, &args).await,
            (None, Some(queries), Some(output)) => many(desk, queries, output, args.limit.into()).await,
            _ => Err(Failure::usage("give a query, or --queries with --output")),
        }
    })
}

async fn hits(desk: &Desk, q: String, limit: usize) -> Result<crate::desk::FindAnswer, Failure> {
    Ok(desk.find(FindRequest { q, limit, ..FindRequest::default() }, desk.now()).await?)
}

async fn many(desk: &Desk, queries: &Path, output: &Path, limit: usize) -> Result<(), Failure> {
    let input = File::open(queries).map_err(|e| Failure::file("read", queries, &e))?;
    let file = File::create(output).map_err(|e| Failure::file("write", output, &e))?;
    let mut out = BufWriter::new(file);
    let (mut bad, mut number) = (0, 0);
    let mut input = BufReader::new(input);
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line).map_err(|e| Failure::file("read", queries, &e))? == 0 {
            break;
        }
        number += 1;
        let Some(read) = lines::read::<QueryLine>(number, &line) else { continue };
        let answer = match read {
            Err(error) => {
                bad += 1;
                HitsLine::Bad { line: number, error }
            }
            Ok(QueryLine { id, q }) => {
                let started = Instant::now();
                let found = hits(desk, q, limit).await?;
                let hits = found
                    .hits
                    .into_iter()
                    .map(|h| HitWire { ticket: h.ticket.id.as_str().to_owned(), score: h.score })
                    .collect();
                HitsLine::Done { id, hits, ms: (started.elapsed().as_secs_f64() * 1e5).round() / 1e2 }
            }
        };
        let failed = |e: std::io::Error| Failure::file("write", output, &e);
        serde_json::to_writer(&mut out, &answer).map_err(|e| failed(e.into()))?;
        out.write_all(b"\n").map_err(failed)?;
    }
    out.flush().map_err(|e| Failure::file("write", output, &e))?;
    match bad {
        0 => Ok(()),
        n => Err(Failure::new(exit::PARTLY, format!("{n} of {number} queries could not be read; see their `error`"))),
    }
}

#[derive(Serialize)]
struct OneWire {
    total: usize,
    ms: f64,
    hits: Vec<OneHit>,
    notes: Vec<String>,
    /// First character of each note and one past the last.
    note_spans: Vec<[usize; 2]>,
    also: BTreeMap<String, Vec<String>>,
    relaxed: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facets: BTreeMap<&'static str, Vec<CountWire>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram: Option<HistogramWire>,
}

#[derive(Serialize)]
struct CountWire {
    value: String,
    label: String,
    count: u64,
}

#[derive(Serialize)]
struct HistogramWire {
    interval: &'static str,
    columns: Vec<ColumnWire>,
}

#[derive(Serialize)]
struct ColumnWire {
    from: String,
    count: u64,
}

#[derive(Serialize)]
struct OneHit {
    ticket: String,
    score: f32,
    received_at: String,
    title: String,
    category: Option<String>,
    department: Option<String>,
    urgency: Option<String>,
    fragments: Vec<String>,
}

fn counts(values: &[(String, String, u64)]) -> Vec<CountWire> {
    let wire = |(value, label, count): &(String, String, u64)| CountWire {
        value: value.clone(),
        label: label.clone(),
        count: *count,
    };
    values.iter().map(wire).collect()
}

async fn one(desk: &Desk, q: &str, args: &SearchArgs) -> Result<(), Failure> {
    let request = FindRequest {
        q: q.to_owned(),
        limit: args.limit.into(),
        count: args.facets.clone(),
        over_time: args.histogram,
        ..FindRequest::default()
    };
    let answer = desk.find(request, desk.now()).await?;
    let pack = desk.city();
    let wire = OneWire {
        total: answer.total,
        ms: (answer.took.as_secs_f64() * 1e5).round() / 1e2,
        hits: answer
            .hits
            .iter()
            .map(|hit| {
                let (labels, content) = (hit.ticket.effective(), &hit.ticket.content);
                let covered = mask(&content.appeal.text).text;
                OneHit {
                    ticket: hit.ticket.id.as_str().to_owned(),
                    score: hit.score,
                    received_at: format_city(hit.ticket.received_at),
                    title: mask(&content.appeal.title).text,
                    category: labels.category.as_deref().and_then(|c| pack.taxonomy.get(c)).map(|c| c.level2.clone()),
                    department: labels.department,
                    urgency: labels.urgency.map(|u| u.code().to_owned()),
                    fragments: hit.fragments.iter().map(|(cut, _)| cut.slice(&covered).to_owned()).collect(),
                }
            })
            .collect(),
        notes: answer.notes.iter().map(|n| n.message.clone()).collect(),
        note_spans: answer.notes.iter().map(|n| [n.span.start, n.span.end]).collect(),
        also: answer.also.iter().cloned().collect(),
        facets: answer.facets.iter().map(|(facet, values)| (facet.code(), counts(values))).collect(),
        histogram: answer.over_time.as_ref().map(|h| HistogramWire {
            interval: h.interval.code(),
            columns: h.columns.iter().map(|&(at, count)| ColumnWire { from: format_city(at), count }).collect(),
        }),
        relaxed: answer.relaxed,
    };
    if args.json {
        println!("{}", serde_json::to_string(&wire).map_err(|e| Failure::internal(e.to_string()))?);
        return Ok(());
    }
    for (note, [start, end]) in wire.notes.iter().zip(&wire.note_spans) {
        println!("提示(第 {}–{end} 字):{note}", start + 1);
    }
    for (word, others) in &wire.also {
        println!("也搜索了 {word}:{}", others.join("、"));
    }
    if wire.relaxed {
        println!("没有完全符合的工单,以下是部分词语相符的");
    }
    for hit in &wire.hits {
        let of = |v: &Option<String>| v.clone().unwrap_or_else(|| "—".to_owned());
        println!(
            "{}  {}  {} {} {}  {}",
            hit.ticket,
            hit.received_at.get(..16).unwrap_or("").replace('T', " "),
            of(&hit.urgency),
            of(&hit.category),
            of(&hit.department),
            hit.title
        );
        for fragment in &hit.fragments {
            println!("    …{fragment}…");
        }
    }
    for (facet, values) in &wire.facets {
        let listed: Vec<String> = values.iter().take(10).map(|v| format!("{} {}", v.label, v.count)).collect();
        println!("{facet}:{}", listed.join("、"));
    }
    for column in wire.histogram.iter().flat_map(|h| &h.columns) {
        println!("{}  {}", column.from.get(..16).unwrap_or("").replace('T', " "), column.count);
    }
    println!("共 {} 件,{} 毫秒", wire.total, wire.ms);
    Ok(())
}
