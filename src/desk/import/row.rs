//! A row becomes a new ticket.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    str::FromStr,
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    ReadOptions,
    columns::{REJECT_REASON, REJECT_ROW, Target},
    header::Columns,
    times, words,
};
use crate::{
    city::CityPack,
    domain::{Appeal, Caller, Fault, FaultKind, Handling, Labels, NewTicket, Status, TicketId, city_date},
};

/// Under this name `extra` says that characters were lost before or while reading.
const NOTE: &str = "导入说明";
const REPLACED: &str = "原文含无法解码的字符,已替换为 U+FFFD";

/// What rows are read with.
#[derive(Debug)]
pub(super) struct Context {
    options: ReadOptions,
    pack: Arc<CityPack>,
    categories: words::Categories,
    /// Whether decoding may have replaced characters.
    lossy: bool,
    targets: HashMap<String, Option<Target>>,
}

impl Context {
    pub(super) fn new(options: ReadOptions, pack: Arc<CityPack>, lossy: bool) -> Self {
        let categories = words::Categories::of(&pack);
        Self { options, pack, categories, lossy, targets: HashMap::new() }
    }

    /// What a key of a JSON row holds.
    pub(super) fn target(&mut self, name: &str) -> Option<Target> {
        if let Some(known) = self.targets.get(name) {
            return *known;
        }
        let target = self.options.columns.target(name);
        // Keys are few; a file that uses data as keys must not fill the memory.
        if self.targets.len() < 1000 {
            self.targets.insert(name.to_owned(), target);
        }
        target
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// A text in which lone surrogates were replaced.
    Repaired(String),
    List(Vec<String>),
    /// JSON that is no text.
    Other(String),
}

impl Value {
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Text(text) | Value::Repaired(text) | Value::Other(text) => Cow::Borrowed(text),
            Value::List(items) => Cow::Owned(items.join("、")),
        }
    }
}

/// A named value of a row.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) target: Option<Target>,
    pub(super) value: Value,
}

/// The entries of a row of a table.
pub(super) fn entries(cells: &[String], columns: &Columns) -> Result<Vec<Entry>, Fault> {
    if cells.len() != columns.names.len() {
        let message = format!(
            "the row has {} cells, the header {}: a delimiter or line break inside a cell needs quotes",
            cells.len(),
            columns.names.len()
        );
        return Err(Fault::invalid(message));
    }
    let named = columns.names.iter().zip(&columns.targets).zip(cells);
    Ok(named
        .filter(|((name, _), _)| *name != REJECT_ROW && *name != REJECT_REASON)
        .map(|((name, target), cell)| Entry { name: name.clone(), target: *target, value: Value::Text(cell.clone()) })
        .collect())
}

/// Entries sorted into fields; what no field takes lies in `extra`.
struct Sorted<'a> {
    fields: BTreeMap<Target, &'a Entry>,
    extra: BTreeMap<String, String>,
    keep_unknown: bool,
}

impl<'a> Sorted<'a> {
    fn of(entries: &'a [Entry], context: &Context) -> Self {
        let mut fields: BTreeMap<Target, &Entry> = BTreeMap::new();
        let mut extra = BTreeMap::new();
        let mut left: Vec<&Entry> = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.value.text().trim().is_empty()) {
            let rank = |entry: &Entry, target| context.options.columns.rank(&entry.name, target);
            match entry.target {
                None => left.push(entry),
                Some(target) => match fields.get(&target) {
                    Some(held) if rank(held, target) <= rank(entry, target) => left.push(entry),
                    _ => left.extend(fields.insert(target, entry)),
                },
            }
        }
        for entry in left {
            extra.insert(entry.name.clone(), entry.value.text().into_owned());
        }
        Self { fields, extra, keep_unknown: context.options.keep_unknown }
    }

    /// A text as it stands.
    fn text(&mut self, target: Target) -> Option<String> {
        self.fields.remove(&target).map(|entry| entry.value.text().into_owned())
    }

    /// A text with nothing around it.
    fn trimmed(&mut self, target: Target) -> Option<String> {
        self.text(target).map(|text| text.trim().to_owned())
    }

    /// A value that `read` understands; a blank one is none, an unknown one rejects the row or goes to
    /// `extra`.
    fn read<T>(&mut self, target: Target, read: impl FnOnce(&Value) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        let Some(entry) = self.fields.remove(&target) else { return Ok(None) };
        if words::is_blank(&entry.value.text()) {
            return Ok(None);
        }
        match read(&entry.value) {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.keep_unknown => {
                self.extra.insert(entry.name.clone(), entry.value.text().into_owned());
                Ok(None)
            }
            Err(fault) => Err(fault.at(&entry.name)),
        }
    }

    fn word<T: FromStr<Err = Fault>>(&mut self, target: Target) -> Result<Option<T>, Fault> {
        self.read(target, |value| value.text().parse())
    }

    fn yes(&mut self, target: Target) -> Result<Option<bool>, Fault> {
        self.read(target, |value| words::yes_no(&value.text()))
    }

    fn id(&mut self, target: Target) -> Result<Option<TicketId>, Fault> {
        self.read(target, |value| TicketId::new(value.text().trim()).map_err(|f| Fault::new(f.kind, f.message)))
    }
}

/// Makes the ticket of a row. Its id stays empty if the row has none.
pub(super) fn ticket(entries: &[Entry], context: &Context) -> Result<NewTicket, Fault> {
    let mut row = Sorted::of(entries, context);
    let anchor = context.options.anchor;
    let time = |row: &mut Sorted, target| -> Result<Option<Timestamp>, Fault> {
        row.read(target, |value| times::parse(&value.text(), anchor))
    };
    let appeal = appeal(&mut row, context.options.max_chars)?;
    // An id that cannot be kept is never moved to `extra`: the ticket would lose its identity.
    let strict = std::mem::replace(&mut row.keep_unknown, false);
    let id = row.id(Target::Id)?;
    row.keep_unknown = strict;
    let handling = Handling {
        assisting: match row.fields.remove(&Target::Assisting).map(|entry| &entry.value) {
            None => Vec::new(),
            Some(Value::List(items)) => items.clone(),
            Some(value) => words::parts(&value.text()).map(str::to_owned).collect(),
        },
        dispatched_at: time(&mut row, Target::DispatchedAt)?,
        signed_at: time(&mut row, Target::SignedAt)?,
        returned: row.read(Target::Returned, whole)?.unwrap_or(0),
        due_at: time(&mut row, Target::DueAt)?,
        promised: time(&mut row, Target::Promised)?.map(city_date),
        closed_at: time(&mut row, Target::ClosedAt)?,
        reply: row.text(Target::Reply),
        contacted: row.yes(Target::Contacted)?,
        revisited: row.yes(Target::Revisited)?,
        outcome: row.word(Target::Outcome)?,
        satisfaction: row.word(Target::Satisfaction)?,
        unreasonable: row.yes(Target::Unreasonable)?.unwrap_or(false),
        ..Handling::default()
    };
    let status: Option<Status> = row.word(Target::Status)?;
    let ticket = NewTicket {
        id,
        parent_no: row.trimmed(Target::ParentNo),
        channel: row.word(Target::Channel)?.unwrap_or(context.options.channel),
        received_at: time(&mut row, Target::Time)?,
        caller: Caller {
            kind: row.word(Target::CallerKind)?,
            name: row.trimmed(Target::Name),
            number: row.trimmed(Target::Number),
            contact: row.trimmed(Target::Contact),
            confidential: row.yes(Target::Confidential)?.unwrap_or(false),
            anonymous: row.yes(Target::Anonymous)?.unwrap_or(false),
        },
        appeal,
        district: row.trimmed(Target::District),
        town: row.trimmed(Target::Town),
        place: row.trimmed(Target::Place),
        subject: row.trimmed(Target::Subject),
        labels: Labels {
            appeal_type: row.word(Target::Type)?,
            category: row.read(Target::Category, |value| context.categories.code(&value.text()))?,
            department: row.read(Target::Department, |value| words::department(&context.pack, &value.text()))?,
            urgency: row.word(Target::Urgency)?,
            flags: row.read(Target::Flags, |value| match value {
                Value::List(items) => words::flags(items.iter().map(String::as_str)),
                value => words::flags(words::parts(&value.text())),
            })?,
        },
        status: status.or_else(|| implied(&handling)),
        handling,
        repeat_of: row.id(Target::RepeatOf)?,
        event: row.trimmed(Target::Event),
        extra: BTreeMap::new(),
    };
    let replaced = entries.iter().any(|entry| match &entry.value {
        Value::Repaired(_) => true,
        value => context.lossy && value.text().contains('\u{fffd}'),
    });
    if replaced {
        row.extra.insert(NOTE.to_owned(), REPLACED.to_owned());
    }
    Ok(NewTicket { extra: row.extra, ..ticket })
}

/// The words of the appeal, as they stand.
fn appeal(row: &mut Sorted, max_chars: usize) -> Result<Appeal, Fault> {
    for target in [Target::Title, Target::Text] {
        if let Some(Entry { name, value: Value::List(_) | Value::Other(_), .. }) = row.fields.get(&target) {
            return Err(Fault::invalid("the appeal must be a text").at(name));
        }
    }
    let appeal =
        Appeal { title: row.text(Target::Title).unwrap_or_default(), text: row.text(Target::Text).unwrap_or_default() };
    if appeal.is_blank() {
        return Err(Fault::invalid("the row has no text").at(Target::Text.name()));
    }
    let length = appeal.title.chars().count() + appeal.text.chars().count();
    if length > max_chars {
        let message = format!("title and text have {length} characters, {max_chars} allowed");
        return Err(Fault::new(FaultKind::TooLarge, message).at(Target::Text.name()));
    }
    Ok(appeal)
}

/// A ticket that was answered does not wait for acceptance, even if its source has no status.
fn implied(handling: &Handling) -> Option<Status> {
    if handling.satisfaction.is_some() || handling.outcome.is_some() {
        Some(Status::Revisited)
    } else if handling.reply.is_some() || handling.closed_at.is_some() {
        Some(Status::Replied)
    } else {
        None
    }
}

fn whole(value: &Value) -> Result<u32, Fault> {
    value.text().trim().parse().map_err(|_| Fault::invalid("not a whole number"))
}
