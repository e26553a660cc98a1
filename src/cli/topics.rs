//! `tingsu topics`: events and topics of a file of appeals, with their alarms; nothing is stored.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    boot,
    domain::{Appeal, format_city},
    eval::topics::{ear, reading},
    insight::{self, Heard, findings},
};

use super::{
    Places,
    exit::{self, Failure},
    lines,
};

#[derive(Args)]
pub(super) struct TopicsArgs {
    /// 输入 JSONL,每行 {"id","at"(ISO 或 "MM-DD HH:MM"),"title"?,"text","caller"?,"district"?,"town"?,"place"?}
    #[arg(long, value_name = "IN.jsonl", required_unless_present = "corrections")]
    input: Option<PathBuf>,
    /// 输出 JSON:{"events","topics","alone"};- 为标准输出
    #[arg(long, value_name = "OUT.json", default_value = "-")]
    output: PathBuf,
    /// 为兼容而设:归并不用随机数,任何种子结果都相同
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// 导出数据目录中对事件的人工校正,作为训练数据:DIR/pairs.jsonl 与 DIR/acts.jsonl
    #[arg(long, value_name = "DIR", conflicts_with = "input")]
    corrections: Option<PathBuf>,
    /// 不用模型:只凭词语、地点和时间
    #[arg(long)]
    no_model: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Deserialize)]
struct InLine {
    id: serde_json::Value,
    at: Option<serde_json::Value>,
    title: Option<String>,
    text: Option<String>,
    caller: Option<serde_json::Value>,
    district: Option<String>,
    town: Option<String>,
    place: Option<String>,
    channel: Option<String>,
    department: Option<String>,
    category: Option<String>,
    unsolved: Option<bool>,
}

#[derive(Serialize)]
struct Out {
    events: Vec<OutEvent>,
    topics: Vec<OutTopic>,
    alone: Vec<String>,
    alone_share: f64,
    nearest: Vec<OutNearest>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct OutEvent {
    id: String,
    title: String,
    terms: Vec<String>,
    tickets: Vec<String>,
    first: Option<String>,
    last: Option<String>,
    alarms: Vec<OutAlarm>,
    #[serde(flatten)]
    more: More,
}

#[derive(Serialize)]
struct OutTopic {
    id: String,
    title: String,
    terms: Vec<String>,
    events: Vec<String>,
    tickets: Vec<String>,
    /// Next week's 80 % range; none while history is too short.
    next_week: Option<(u32, u32)>,
    #[serde(flatten)]
    more: More,
}

#[derive(Serialize)]
struct OutAlarm {
    at: Option<String>,
    kind: &'static str,
    count: usize,
    change: &'static str,
    window_hours: f64,
    expected: f64,
    p: f64,
    surge: bool,
}

#[derive(Serialize)]
struct OutNearest {
    ticket: String,
    event: String,
    log_odds: f32,
}

/// What both levels tell.
#[derive(Serialize)]
struct More {
    state: &'static str,
    heat: OutHeat,
    callers: usize,
    repeat_share: f64,
    unsolved_share: Option<f64>,
    places: Vec<(String, usize)>,
    regions: Vec<(String, usize)>,
    departments: Vec<(String, usize)>,
    urgency: [usize; 4],
    quotes: Vec<OutQuote>,
    daily: Vec<usize>,
}

#[derive(Serialize)]
struct OutHeat {
    value: f64,
    callers: u32,
    growth: f64,
    repeats: f64,
    unsolved: f64,
}

#[derive(Serialize)]
struct OutQuote {
    ticket: String,
    text: String,
}

pub(super) fn run(args: TopicsArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let Some(input) = &args.input else {
        return super::corrections::export(&config, args.corrections.as_deref().unwrap_or(Path::new(".")));
    };
    let model = if args.no_model { boot::ModelSource::None } else { config.model.clone() };
    let triager = boot::load_triager(&config.city, &model)?;
    let (mut heard, mut warnings) = read(input)?;
    tracing::debug!(seed = args.seed, appeals = heard.len(), "no random number is drawn: every seed gives the same");
    let vectors = ear(&triager, &mut heard).map_err(|e| Failure::internal(e.to_string()))?;
    let found = findings(&heard, &vectors, &reading(&triager), &triager.pack.calendar);
    warnings.extend(found.warnings.iter().cloned());
    for warning in &warnings {
        eprintln!("tingsu: {warning}");
    }
    let nothing = heard.is_empty() && !warnings.is_empty();
    let json = serde_json::to_string_pretty(&out(&found, warnings)).map_err(|e| Failure::internal(e.to_string()))?;
    if args.output.as_os_str() == "-" {
        print!("{json}");
    } else {
        fs::write(&args.output, &json).map_err(|e| Failure::file("write", &args.output, &e))?;
    }
    if nothing {
        return Err(Failure::new(exit::PARTLY, "no line could be read; see the warnings"));
    }
    Ok(())
}

/// Reads the lines; what is odd about one becomes a warning, never an end.
pub(super) fn read(path: &Path) -> Result<(Vec<Heard>, Vec<String>), Failure> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|e| Failure::file("read", path, &e))?;
    let mut warnings = Vec::new();
    let mut parsed = Vec::new();
    for (number, line) in bytes.split(|b| *b == b'\n').enumerate() {
        match lines::read::<InLine>(number + 1, line) {
            None => {}
            Some(Err(why)) => warnings.push(why),
            Some(Ok(line)) => parsed.push((number + 1, line)),
        }
    }
    let times: Vec<Option<String>> = parsed.iter().map(|(_, line)| line.at.as_ref().and_then(word)).collect();
    let (at, unread) = insight::times(&times);
    for &index in unread.iter().take(20) {
        warnings.push(format!("第 {} 行的时间读不懂,按没有时间处理", parsed[index].0));
    }
    if unread.len() > 20 {
        warnings.push(format!("另有 {} 行的时间读不懂", unread.len() - 20));
    }
    let heard = parsed.into_iter().zip(at).filter_map(|((number, line), at)| {
        let appeal = Appeal::new(line.title.unwrap_or_default(), line.text.unwrap_or_default());
        let Some(id) = word(&line.id).filter(|_| !appeal.is_blank()) else {
            warnings.push(format!("第 {number} 行没有编号或没有内容,略去"));
            return None;
        };
        Some(Heard {
            id,
            at,
            title: appeal.title,
            text: appeal.text,
            caller: line.caller.as_ref().and_then(word),
            district: line.district,
            town: line.town,
            place: line.place,
            channel: line.channel,
            department: line.department,
            categories: line.category.into_iter().map(|code| (code, 1.0)).collect(),
            unsolved: line.unsolved,
            ..Heard::default()
        })
    });
    Ok((heard.collect(), warnings))
}

/// A string or number as text; nothing for an empty one.
fn word(value: &serde_json::Value) -> Option<String> {
    let text = match value {
        serde_json::Value::String(text) => text.trim().to_owned(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn out(found: &insight::Findings, warnings: Vec<String>) -> Out {
    let all = found.alone.len() + found.events.iter().map(|e| e.tickets.len()).sum::<usize>();
    Out {
        events: found.events.iter().map(event).collect(),
        topics: found.topics.iter().map(topic).collect(),
        alone: found.alone.iter().map(|a| a.ticket.clone()).collect(),
        alone_share: found.alone.len() as f64 / all.max(1) as f64,
        nearest: found
            .alone
            .iter()
            .filter_map(|a| {
                let (event, log_odds) = a.nearest.clone()?;
                Some(OutNearest { ticket: a.ticket.clone(), event, log_odds })
            })
            .collect(),
        warnings,
    }
}

fn event(event: &insight::Event) -> OutEvent {
    OutEvent {
        id: event.id.clone(),
        title: event.portrait.title.clone(),
        terms: event.portrait.terms.clone(),
        tickets: event.tickets.clone(),
        first: event.first.map(format_city),
        last: event.last.map(format_city),
        alarms: event.alarms.iter().map(alarm).collect(),
        more: more(&event.portrait, &event.heat, event.state),
    }
}

fn topic(topic: &insight::Topic) -> OutTopic {
    OutTopic {
        id: topic.id.clone(),
        title: topic.portrait.title.clone(),
        terms: topic.portrait.terms.clone(),
        events: topic.events.clone(),
        tickets: topic.tickets.clone(),
        next_week: topic.trend.as_ref().ok().map(|t| t.range),
        more: more(&topic.portrait, &topic.heat, topic.state),
    }
}

fn alarm(alarm: &insight::alarm::Alarm) -> OutAlarm {
    let at = jiff::Timestamp::from_second((alarm.hours * 3600.0).round() as i64).ok();
    OutAlarm {
        at: at.map(format_city),
        kind: alarm.kind.label(),
        count: alarm.callers,
        change: alarm.change.label(),
        window_hours: alarm.window,
        expected: alarm.expected,
        p: alarm.p,
        surge: alarm.surge,
    }
}

fn more(portrait: &insight::Portrait, heat: &insight::Heat, state: insight::State) -> More {
    More {
        state: state.label(),
        heat: OutHeat {
            value: heat.value,
            callers: heat.callers,
            growth: heat.growth,
            repeats: heat.repeats,
            unsolved: heat.unsolved,
        },
        callers: portrait.callers,
        repeat_share: portrait.repeats,
        unsolved_share: portrait.unsolved,
        places: portrait.places.clone(),
        regions: portrait.regions.clone(),
        departments: portrait.departments.clone(),
        urgency: portrait.urgency,
        quotes: portrait.quotes.iter().map(|(t, q)| OutQuote { ticket: t.clone(), text: q.clone() }).collect(),
        daily: portrait.daily.clone(),
    }
}
