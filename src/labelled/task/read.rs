//! From the files of a task to rows: joined, filtered, labelled, grouped, split.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{Appeal, HeadKind, is_for_tuning};

use super::{
    super::{DataError, Kin, Part, Sketch, files::missing, groups_of},
    Head, HeadGold, Source, Task, TaskHead, TaskRow, TaskRows,
    gold::Named,
    table::{Record, Table},
};

/// A row before labels have numbers and groups have parts.
struct Raw {
    id: String,
    /// File and line, for messages.
    at: String,
    appeal: Appeal,
    group: Option<String>,
    fixed: Option<Part>,
    weight: f32,
    gold: Vec<Option<Named>>,
}

impl Head {
    fn column<'h>(&'h self, source: &'h Source) -> &'h str {
        source.columns.get(&self.name).or(self.column.as_ref()).unwrap_or(&self.name)
    }
}

impl Task {
    /// Reads all sources. `beside` are columns that heads may read somewhere else.
    ///
    /// # Errors
    /// A file that is missing, the first wrong line with its number, a head without a column.
    pub fn read(&self, beside: &[&str]) -> Result<TaskRows, DataError> {
        let mut raw: Vec<Raw> = Vec::new();
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let mut notes = Vec::new();
        let elsewhere = |h: &Head| beside.contains(&h.column.as_ref().unwrap_or(&h.name).as_str());
        let mut taught: Vec<bool> = self.heads.iter().map(elsewhere).collect();
        let mut columns = BTreeSet::new();
        for source in &self.sources {
            let table = self.table(source)?;
            let own: Vec<bool> = self.heads.iter().map(|h| table.columns.contains(h.column(source))).collect();
            if !own.contains(&true) {
                let wanted: Vec<&str> = self.heads.iter().map(|h| h.column(source)).collect();
                table.require(wanted.first().copied().unwrap_or_default(), "of a head; no head has one here")?;
            }
            taught.iter_mut().zip(&own).for_each(|(t, o)| *t |= o);
            columns.extend(table.columns.iter().cloned());
            self.rows(source, &table, &mut raw, &mut by_id, &mut notes)?;
        }
        if let Some((head, _)) = self.heads.iter().zip(taught).find(|(_, taught)| !taught) {
            let there: Vec<String> = columns.into_iter().collect();
            let own = head.column.as_ref().unwrap_or(&head.name);
            return Err(missing(
                &self.path,
                format!("head {}: no source has a column `{own}`, there are {}", head.name, there.join(" ")),
                "correct the head's `column`, or the sources",
            ));
        }
        let heads = self.heads.iter().enumerate().map(|(at, head)| labels(head, at, &raw, elsewhere(head))).collect();
        grouped(&mut raw);
        Ok(numbered(heads, raw, notes))
    }

    /// The table of a source, completed by its texts.
    fn table(&self, source: &Source) -> Result<Table, DataError> {
        let mut table = Table::read(&self.folder.join(&source.file))?;
        if let (Some(texts), Some(id)) = (&source.texts, &source.id) {
            table.require(id, "id")?;
            let texts = Table::read(&self.folder.join(texts))?;
            texts.require(id, "id")?;
            // answers are not taken over: the other table may be a source of its own
            let named = [&source.title, &source.group, &source.split].into_iter().flatten();
            let named = named.chain(source.only.keys()).chain(source.except.keys()).cloned();
            let lent: BTreeSet<String> = named.chain([source.text.clone().unwrap_or_else(|| "text".into())]).collect();
            let lent: BTreeSet<String> = lent.intersection(&texts.columns).cloned().collect();
            let mut by_id: HashMap<String, &Record> = HashMap::new();
            for record in &texts.records {
                by_id.insert(record.text(id)?, record);
            }
            for record in &mut table.records {
                let own = record.text(id)?;
                let Some(other) = by_id.get(&own) else {
                    return Err(record.bad(format!("no text with the {id} `{own}` in {}", texts.path.display())));
                };
                record.complete(other, &lent);
            }
            table.columns.extend(lent);
        }
        table.require(source.text.as_deref().unwrap_or("text"), "text")?;
        let named = [(&source.title, "title"), (&source.id, "id"), (&source.group, "group"), (&source.split, "split")];
        for (column, role) in named {
            column.as_ref().map_or(Ok(()), |c| table.require(c, role))?;
        }
        source.only.keys().chain(source.except.keys()).try_for_each(|c| table.require(c, "only and except"))?;
        Ok(table)
    }

    fn rows(
        &self,
        source: &Source,
        table: &Table,
        raw: &mut Vec<Raw>,
        by_id: &mut HashMap<String, usize>,
        notes: &mut Vec<String>,
    ) -> Result<(), DataError> {
        let mut not_verbatim = vec![0; self.heads.len()];
        for record in &table.records {
            let among = |(column, values): (&String, &Vec<String>)| record.text(column).map(|v| values.contains(&v));
            let kept = source.only.iter().map(among).collect::<Result<Vec<_>, _>>()?.into_iter().all(|b| b);
            let gone = source.except.iter().map(among).collect::<Result<Vec<_>, _>>()?.into_iter().any(|b| b);
            if !kept || gone {
                continue;
            }
            let column = |name: &Option<String>| name.as_ref().map(|c| record.text(c)).transpose();
            let title = column(&source.title)?.unwrap_or_default();
            let appeal = Appeal::new(title, record.text(source.text.as_deref().unwrap_or("text"))?);
            let mut gold = Vec::with_capacity(self.heads.len());
            for (head, not_verbatim) in self.heads.iter().zip(&mut not_verbatim) {
                let said = head.said(record, head.column(source), &appeal).map_err(|why| record.bad(why))?;
                *not_verbatim += usize::from(matches!(said, Some(Named::NotVerbatim)));
                if let (Some(said), Some(known)) = (&said, &head.labels)
                    && let Some(label) = said.labels().find(|l| !known.contains(l))
                {
                    let why = format!("unknown label `{label}` of head {}: one of {}", head.name, known.join(" "));
                    return Err(record.bad(why));
                }
                gold.push(said.filter(|said| !matches!(said, Named::NotVerbatim)));
            }
            if gold.iter().all(Option::is_none) {
                continue;
            }
            if appeal.is_blank() {
                return Err(
                    record.bad("the row has answers but neither title nor text: delete it, or name another column")
                );
            }
            let at = format!("{}:{}", record.path.display(), record.line);
            let id = column(&source.id)?.filter(|id| !id.is_empty()).unwrap_or_else(|| at.clone());
            let group = column(&source.group)?.filter(|g| !g.is_empty());
            let fixed = match column(&source.split)?.filter(|s| !s.is_empty()) {
                Some(split) => Some(part(&split).ok_or_else(|| {
                    record.bad(format!("split `{split}`: one of train, tune (dev, valid), held (test)"))
                })?),
                None => source.part,
            };
            match by_id.get(&id).and_then(|i| raw.get_mut(*i)) {
                Some(row) => {
                    row.join(gold, &self.heads).map_err(|head| {
                        record.bad(format!("`{id}` has an answer for head {head} already, in {}", row.at))
                    })?;
                    row.group = row.group.take().or(group);
                    row.fixed = row.fixed.max(fixed);
                }
                None => {
                    by_id.insert(id.clone(), raw.len());
                    raw.push(Raw { id, at, appeal, group, fixed, weight: source.weight, gold });
                }
            }
        }
        for (head, count) in self.heads.iter().zip(not_verbatim).filter(|(_, n)| *n > 0) {
            let (name, file) = (&head.name, table.path.display());
            notes.push(format!("head {name}: {count} phrases of {file} do not stand in their texts, not learned from"));
        }
        Ok(())
    }
}

/// A head with its labels; `phrases` tells that it reads phrases somewhere else.
fn labels(head: &Head, at: usize, raw: &[Raw], phrases: bool) -> TaskHead {
    let phrase = head.label.as_ref().unwrap_or(&head.name);
    let labels = head.labels.clone().unwrap_or_else(|| {
        let said = raw.iter().filter_map(|row| row.gold.get(at)?.as_ref());
        let mut occurring: BTreeSet<String> = said.flat_map(Named::labels).cloned().collect();
        if head.kind == HeadKind::Span && (phrases || occurring.is_empty()) {
            occurring.insert(phrase.clone());
        }
        occurring.into_iter().collect()
    });
    TaskHead {
        name: head.name.clone(),
        kind: head.kind,
        phrase_label: labels.iter().position(|l| l == phrase),
        labels,
        weight: head.weight,
        balance: head.balance,
        column: head.column.clone().unwrap_or_else(|| head.name.clone()),
    }
}

impl Named {
    fn labels(&self) -> Box<dyn Iterator<Item = &String> + '_> {
        match self {
            Named::One(label) => Box::new(std::iter::once(label)),
            Named::Each(labels) => Box::new(labels.iter()),
            Named::Spans(spans) => Box::new(spans.iter().map(|(_, label)| label)),
            Named::NotVerbatim => Box::new(std::iter::empty()),
        }
    }
}

impl Raw {
    /// Takes over the answers of another row about the same text; names the head that both answer.
    fn join(&mut self, other: Vec<Option<Named>>, heads: &[Head]) -> Result<(), String> {
        for ((own, new), head) in self.gold.iter_mut().zip(other).zip(heads) {
            match (own.is_some(), new) {
                (true, Some(_)) => return Err(head.name.clone()),
                (false, Some(new)) => *own = Some(new),
                (_, None) => {}
            }
        }
        Ok(())
    }
}

fn part(split: &str) -> Option<Part> {
    match split.to_lowercase().as_str() {
        "train" => Some(Part::Train),
        "tune" | "dev" | "valid" | "validation" => Some(Part::Tune),
        "held" | "test" => Some(Part::Held),
        _ => None,
    }
}

/// Gives a group to the rows that have none: those that say nearly the same share one, named by the
/// words of one of them, so that it depends on nothing but the rows.
fn grouped(raw: &mut [Raw]) {
    let open: Vec<usize> = (0..raw.len()).filter(|i| raw[*i].group.is_none()).collect();
    let kin = open.iter().map(|i| {
        let appeal = &raw[*i].appeal;
        let words = blake3::hash(format!("{}\0{}", appeal.title.trim(), appeal.text.trim()).as_bytes());
        let id = format!("~{}", &words.to_hex()[..16]);
        Kin { id, event: None, repeat_of: None, sketch: Sketch::of(appeal) }
    });
    let groups = groups_of(&kin.collect::<Vec<_>>());
    for (i, group) in open.into_iter().zip(groups) {
        raw[i].group = Some(group);
    }
}

/// Labels become numbers, groups decide the parts.
fn numbered(heads: Vec<TaskHead>, raw: Vec<Raw>, mut notes: Vec<String>) -> TaskRows {
    let mut strictest: BTreeMap<String, Part> = BTreeMap::new();
    for row in &raw {
        if let (Some(group), Some(part)) = (&row.group, row.fixed) {
            let own = strictest.entry(group.clone()).or_insert(part);
            *own = part.max(*own);
        }
    }
    // some row tunes: a source says so, or leaves it to the groups
    let tuned = raw.iter().any(|row| row.fixed.is_none_or(|part| part == Part::Tune));
    let (mut rows, mut straddling) = (Vec::with_capacity(raw.len()), 0);
    for row in raw {
        let group = row.group.unwrap_or_else(|| row.id.clone());
        let of_group = strictest.get(&group).copied();
        let part = match (row.fixed, of_group) {
            (Some(own), Some(of_group)) if own < of_group => {
                straddling += 1;
                continue;
            }
            // nobody says which rows tune
            (Some(Part::Train), _) if !tuned && is_for_tuning(&group) => Part::Tune,
            (fixed, of_group) => fixed.or(of_group).unwrap_or_else(|| Part::of(&group)),
        };
        let number = |head: &TaskHead, label: &String| head.labels.iter().position(|l| l == label);
        let gold = heads.iter().zip(row.gold).map(|(head, said)| {
            Some(match said? {
                Named::One(label) => HeadGold::One(number(head, &label)?),
                Named::Each(labels) => HeadGold::Each(head.labels.iter().map(|l| labels.contains(l)).collect()),
                Named::Spans(spans) => HeadGold::Spans(
                    spans.into_iter().filter_map(|(at, label)| Some((at, number(head, &label)?))).collect(),
                ),
                Named::NotVerbatim => return None,
            })
        });
        let gold = gold.collect();
        rows.push(TaskRow { id: row.id, appeal: row.appeal, group, part, weight: row.weight, gold });
    }
    if straddling > 0 {
        notes.push(format!("{straddling} rows left out: they are alike to rows that tune or are held back"));
    }
    TaskRows { heads, rows, notes }
}
