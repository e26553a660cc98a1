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
    desk::{Desk, FindHit, FindRequest, Remembering},
    domain::{FaultKind, format_city},
    search::{Facet, Interval, Mode, facet_named},
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
    /// 检索式文件 JSONL,每行 {"id","q"};可另有 "mode" 和 "filters":{"district":["…"]},只作用于该行
    #[arg(long, value_name = "Q.jsonl", requires = "output")]
    queries: Option<PathBuf>,
    /// 结果文件 JSONL,每行 {"id","hits":[{"ticket","score"}],"ms"}
    #[arg(long, value_name = "HITS.jsonl")]
    output: Option<PathBuf>,
    /// 每个检索式的结果数
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// 检索方式:bm25 按词,vector 按句向量,hybrid 两者合并;后两者需要模型,首次使用会为尚无向量的工单计算向量
    #[arg(long, value_enum, default_value_t = ModeArg::Bm25)]
    mode: ModeArg,
    /// 相关程度相同的,按入库先后而不把新的排在前面
    #[arg(long)]
    ignore_recency: bool,
    /// 筛选条件,可多次给出;名称同检索式(区县 类别 部门 …)或接口(district category department …)
    #[arg(long = "filter", value_name = "字段:值", value_parser = filter)]
    filters: Vec<(Facet, String)>,
    /// 统计各项条件下的件数,以逗号分隔:type level1 category department district town urgency channel status satisfaction
    #[arg(long, value_name = "FACETS", value_delimiter = ',', value_parser = counted, conflicts_with = "queries")]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeArg {
    Bm25,
    Vector,
    Hybrid,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Bm25 => Mode::Bm25,
            ModeArg::Vector => Mode::Vector,
            ModeArg::Hybrid => Mode::Hybrid,
        }
    }
}

/// A field by either of its names.
fn facet(name: &str) -> Result<Facet, String> {
    facet_named(name).ok_or_else(|| {
        let known: Vec<String> = Facet::ALL.iter().map(|f| format!("{} ({})", f.query_name(), f.code())).collect();
        format!("unknown field `{name}`: one of {}", known.join(", "))
    })
}

/// A field whose values may be listed: those of 来电人 are people's numbers.
fn counted(name: &str) -> Result<Facet, String> {
    match facet(name)? {
        Facet::Caller => Err("the values of 来电人 are personal data and are not listed".to_owned()),
        facet => Ok(facet),
    }
}

/// `字段:值`
fn filter(typed: &str) -> Result<(Facet, String), String> {
    let (name, value) = typed.split_once([':', '\u{ff1a}', '=']).ok_or("write 字段:值, for example 区县:明湖区")?;
    if value.trim().is_empty() {
        return Err(format!("`{name}` has no value"));
    }
    Ok((facet(name.trim())?, value.trim().to_owned()))
}

fn interval(code: &str) -> Result<Interval, String> {
    Interval::ALL.into_iter().find(|i| i.code() == code).ok_or_else(|| "可以是:auto hour day week month".to_owned())
}

/// One or several values of a field.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct QueryLine {
    id: serde_json::Value,
    q: String,
    mode: Option<ModeArg>,
    #[serde(default)]
    filters: BTreeMap<String, Values>,
}

impl QueryLine {
    /// The request, in the command's mode and with its filters where the line names no other.
    fn request(self, args: &SearchArgs) -> Result<FindRequest, String> {
        let mut filters = args.filters.clone();
        for (name, values) in self.filters {
            let facet = facet(&name)?;
            let values = match values {
                Values::One(value) => vec![value],
                Values::Several(values) => values,
            };
            filters.extend(values.into_iter().map(|value| (facet, value)));
        }
        let mode = self.mode.unwrap_or(args.mode).into();
        Ok(FindRequest {
            q: self.q,
            limit: args.limit.into(),
            filters,
            mode,
            ignore_recency: args.ignore_recency,
            ..FindRequest::default()
        })
    }
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
    // Searching by words needs the pack's dictionary, not the model. Lines may ask for more.
    if args.mode == ModeArg::Bm25 && args.queries.as_ref().is_none_or(|file| !names_a_mode(file)) {
        config.model = boot::ModelSource::None;
    }
    let with_vectors = !matches!(config.model, boot::ModelSource::None);
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
        if with_vectors {
            let mut place = match opened.beside_service {
                true => Remembering::beside_service(),
                false => Remembering::default(),
            };
            while desk.remember_step(&mut place).await? > 0 {}
        }
        match (&args.q, &args.queries, &args.output) {
            (Some(q), ..) => one(desk, q, &args).await,
            (None, Some(queries), Some(output)) => many(desk, queries, output, &args).await,
            _ => Err(Failure::usage("give a query, or --queries with --output")),
        }
    })
}

/// Whether some line of a file of queries names a mode; a file that cannot be read fails later, with its
/// reason.
fn names_a_mode(file: &Path) -> bool {
    std::fs::read(file).is_ok_and(|bytes| bytes.windows(6).any(|w| w == b"\"mode\""))
}

async fn many(desk: &Desk, queries: &Path, output: &Path, args: &SearchArgs) -> Result<(), Failure> {
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
        let read = read.and_then(|line| Ok((line.id.clone(), line.request(args)?)));
        let answer = match read {
            Err(error) => {
                bad += 1;
                HitsLine::Bad { line: number, error }
            }
            Ok((id, request)) => {
                let started = Instant::now();
                let hit = |h: FindHit| HitWire { ticket: h.ticket.id.as_str().to_owned(), score: h.score };
                match desk.find(request, desk.now()).await {
                    // a value that its field has not is wrong in this line only
                    Err(fault) if fault.kind == FaultKind::Invalid => {
                        bad += 1;
                        HitsLine::Bad { line: number, error: fault.message }
                    }
                    found => {
                        let hits = found?.hits.into_iter().map(hit).collect();
                        HitsLine::Done { id, hits, ms: (started.elapsed().as_secs_f64() * 1e5).round() / 1e2 }
                    }
                }
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
    mode: &'static str,
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
        filters: args.filters.clone(),
        mode: args.mode.into(),
        ignore_recency: args.ignore_recency,
        count: args.facets.clone(),
        over_time: args.histogram,
        ..FindRequest::default()
    };
    let answer = desk.find(request, desk.now()).await?;
    let pack = desk.city();
    let wire = OneWire {
        mode: answer.mode.code(),
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
