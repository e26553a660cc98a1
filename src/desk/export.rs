//! Tickets as a table for people outside: masked always, bounded, on record before the first row leaves.

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    city::CityPack,
    domain::{Fault, FaultKind, Right, Ticket, TicketId, format_city},
    report::workbook,
    store::{Entry, TicketFilter},
    text::mask,
};

use super::Desk;

/// Tickets of one CSV file at most.
const MOST_CSV: usize = 50_000;
/// Tickets of one workbook at most: it is made in memory.
const MOST_XLSX: usize = 20_000;
/// Tickets read at once.
const PAGE: usize = 200;
/// Spreadsheets run what begins so.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

const HEADS: [&str; 26] = [
    "工单编号",
    "来电时间",
    "受理渠道",
    "标题",
    "诉求内容",
    "诉求类型",
    "一级分类",
    "二级分类",
    "主办单位",
    "协办单位",
    "紧急程度",
    "标记",
    "区县",
    "街镇",
    "地址",
    "办理状态",
    "派单时间",
    "签收时间",
    "办结时限",
    "承诺办结日",
    "办结时间",
    "时限情况",
    "是否解决",
    "满意度",
    "标注",
    "回复内容",
];

/// The file's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// UTF-8 with a byte-order mark, so that spreadsheets read Chinese.
    Csv,
    /// A workbook.
    Xlsx,
}

/// A file on its way out.
#[derive(Debug)]
pub struct Exported {
    /// How many tickets.
    pub count: usize,
    /// The bytes, piece by piece; closed before the end if the store fails half way.
    pub pieces: mpsc::Receiver<Result<Vec<u8>, Fault>>,
}

impl Desk {
    /// The tickets of a list, or those named, as a file. Nothing personal is in it, whoever asks.
    ///
    /// # Errors
    /// The right is missing, there are more than a file may have, or the store is unavailable.
    pub async fn export(&self, filter: &TicketFilter, named: Vec<TicketId>, form: Form) -> Result<Exported, Fault> {
        let actor = self.actor();
        actor.needs(Right::Export)?;
        let most = if form == Form::Csv { MOST_CSV } else { MOST_XLSX };
        let filter = self.standing_as(filter).await?.and_then(|filter| self.narrowed(&filter));
        let ids = match (named.is_empty(), filter) {
            (false, _) => self.in_reach(named).await?,
            (true, Some(filter)) => self.room.store.acts().ids(&filter, most as u64 + 1).await?,
            (true, None) => Vec::new(),
        };
        if ids.len() > most {
            let message = format!("符合条件的工单超过 {most} 件,请缩小范围后分次导出");
            return Err(Fault::new(FaultKind::TooLarge, message));
        }
        let word = if form == Form::Csv { "csv" } else { "xlsx" };
        let entry = Entry::new(&actor, "exported", format!("{word} {}", ids.len()));
        self.room.store.ledger().record(vec![entry], self.now()).await?;
        metrics::counter!("tingsu_exported_total", "form" => word).increment(ids.len() as u64);
        let (out, pieces) = mpsc::channel(2);
        let (desk, count) = (self.clone(), ids.len());
        tokio::spawn(async move {
            let sent = match form {
                Form::Csv => desk.csv(ids, &out).await,
                Form::Xlsx => desk.xlsx(ids, &out).await,
            };
            if let Err(fault) = sent {
                warn!(kind = fault.kind.code(), "an export broke off");
                let _ = out.send(Err(fault)).await;
            }
        });
        Ok(Exported { count, pieces })
    }

    /// Those of the tickets named that are there and in reach: what is recorded is what leaves.
    async fn in_reach(&self, named: Vec<TicketId>) -> Result<Vec<TicketId>, Fault> {
        let mut ids = Vec::with_capacity(named.len());
        for page in named.chunks(PAGE) {
            let tickets = self.room.store.tickets(page).await?;
            ids.extend(tickets.into_iter().filter(|ticket| self.reaches(ticket)).map(|ticket| ticket.id));
        }
        Ok(ids)
    }

    async fn csv(&self, ids: Vec<TicketId>, out: &mpsc::Sender<Result<Vec<u8>, Fault>>) -> Result<(), Fault> {
        let mut head = "\u{feff}".as_bytes().to_vec();
        head.extend(lines(vec![HEADS.map(str::to_owned).to_vec()])?);
        let mut next = head;
        for page in ids.chunks(PAGE) {
            let rows = self.rows(page).await?;
            next.extend(lines(rows)?);
            // Nobody reads it any more: the rest need not be made.
            if out.send(Ok(std::mem::take(&mut next))).await.is_err() {
                return Ok(());
            }
        }
        if !next.is_empty() {
            let _ = out.send(Ok(next)).await;
        }
        Ok(())
    }

    async fn xlsx(&self, ids: Vec<TicketId>, out: &mpsc::Sender<Result<Vec<u8>, Fault>>) -> Result<(), Fault> {
        let mut rows = Vec::with_capacity(ids.len());
        for page in ids.chunks(PAGE) {
            rows.extend(self.rows(page).await?);
        }
        let made = tokio::task::spawn_blocking(move || workbook("工单", &HEADS, &rows)).await;
        let bytes = made.map_err(|_| Fault::internal("making the workbook died"))?;
        let bytes = bytes.map_err(|e| Fault::internal(format!("the workbook cannot be made: {e}")))?;
        let _ = out.send(Ok(bytes)).await;
        Ok(())
    }

    async fn rows(&self, ids: &[TicketId]) -> Result<Vec<Vec<String>>, Fault> {
        let tickets = self.room.store.tickets(ids).await?;
        let (desk, pack) = (self.clone(), self.city());
        let rows = move || {
            let seen = tickets.iter().filter(|ticket| desk.reaches(ticket));
            seen.map(|ticket| desk.row(ticket, &pack)).collect()
        };
        tokio::task::spawn_blocking(rows).await.map_err(|_| Fault::internal("making rows died"))
    }

    fn row(&self, ticket: &Ticket, pack: &Arc<CityPack>) -> Vec<String> {
        let (content, labels) = (&ticket.content, ticket.effective());
        let handling = &content.handling;
        let category = labels.category.as_deref().and_then(|code| pack.taxonomy.get(code));
        let masked = |text: &str| mask(text).text;
        let time = |at: Option<jiff::Timestamp>| {
            at.map(|at| format_city(at).replace('T', " ").replace("+08:00", "")).unwrap_or_default()
        };
        let flags = labels.flags.iter().flat_map(|flags| flags.iter().map(|f| f.label())).collect::<Vec<_>>();
        let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
        let cells = [
            ticket.id.to_string(),
            time(Some(ticket.received_at)),
            content.channel.label().to_owned(),
            masked(&content.appeal.title),
            masked(&content.appeal.text),
            word(labels.appeal_type.map(|t| t.label())),
            category.map(|c| c.level1.clone()).unwrap_or_default(),
            category.map(|c| c.level2.clone()).unwrap_or_default(),
            labels.department.clone().unwrap_or_default(),
            handling.assisting.join("、"),
            labels.urgency.map(|u| format!("{} {}", u.code(), u.label())).unwrap_or_default(),
            flags.join(" "),
            content.district.clone().unwrap_or_default(),
            content.town.clone().unwrap_or_default(),
            content.place.as_deref().map(masked).unwrap_or_default(),
            ticket.status.label().to_owned(),
            time(handling.dispatched_at),
            time(handling.signed_at),
            time(handling.due_at),
            handling.promised.map(|day| day.to_string()).unwrap_or_default(),
            time(handling.closed_at),
            self.finish(ticket).map(|watch| watch.words).unwrap_or_default(),
            word(handling.outcome.map(|o| o.label())),
            word(handling.satisfaction.map(|s| s.label())),
            masked(&handling.marks.join("、")),
            handling.reply.as_deref().map(masked).unwrap_or_default(),
        ];
        cells.into_iter().map(|cell| harmless(&cell)).collect()
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe makes it text.
fn harmless(cell: &str) -> String {
    let risky = cell.trim_start_matches([' ', '\u{3000}', '\u{feff}', '\u{200b}']).starts_with(FORMULA)
        || cell.starts_with(FORMULA)
        // Full-width signs are read as signs by some.
        || cell.starts_with(['\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if risky { format!("'{cell}") } else { cell.to_owned() }
}

fn lines(rows: Vec<Vec<String>>) -> Result<Vec<u8>, Fault> {
    let failed = |e: String| Fault::internal(format!("a row cannot be written: {e}"));
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}
