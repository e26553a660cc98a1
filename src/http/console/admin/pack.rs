//! The city pack and its words.

use askama::Template;
use axum::response::Response;

use super::{Said, TABS, Tab, done};
use crate::{
    desk::upkeep::{PackCheck, SynonymPreview, WordsPreview},
    domain::{Fault, FaultKind},
    http::{
        Door,
        console::{frame::Frame, page},
        error::ApiResult,
        extract::{Form, Params},
    },
};

#[derive(Template)]
#[template(path = "admin_pack.html")]
struct PackPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    name: String,
    version: String,
    hash: String,
    counts: Vec<(&'static str, usize)>,
    folder: Option<String>,
    check: PackCheck,
}

async fn pack_page(door: &Door, said: Said) -> ApiResult<Response> {
    let check = door.desk.check_pack().await?;
    let pack = door.desk.city();
    page(&PackPage {
        frame: Frame::of(&door.desk, "城市包", "/admin").await,
        tabs: TABS,
        at: "/admin/pack",
        said,
        name: pack.name.clone(),
        version: pack.version.clone(),
        hash: pack.hash.clone(),
        counts: vec![
            ("类别", pack.taxonomy.categories().len()),
            ("单位", pack.departments.len()),
            ("区域", pack.regions.len()),
            ("词条", pack.dictionary.len()),
            ("同义词组", pack.synonyms.len()),
            ("急度规则", pack.rules.len()),
        ],
        folder: check.folder.as_ref().map(|dir| dir.display().to_string()),
        check,
    })
}

/// The pack that answers, and the one on disk.
pub(crate) async fn pack(door: Door, Params(params): Params) -> ApiResult<Response> {
    pack_page(&door, Said::of(&params, &[("taken", "新的城市包已启用。"), ("same", "磁盘上的城市包没有变化。")])?).await
}

/// Takes the pack on disk.
pub(crate) async fn take(door: Door, Form(_): Form) -> ApiResult<Response> {
    match door.desk.take_pack().await {
        Ok(taken) => {
            let to = if taken { "/admin/pack?said=taken" } else { "/admin/pack?said=same" };
            done(Ok(()), to, |said| pack_page(&door, said)).await
        }
        Err(fault) if fault.kind == FaultKind::Invalid => {
            let message = Fault::invalid("城市包有错误,未启用,仍按原城市包工作;错误见下");
            done(Err(message), "/admin/pack", |said| pack_page(&door, said)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "admin_words.html")]
struct WordsPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    text: String,
    words: String,
    group: String,
    cut: Option<Cut>,
    synonyms: Option<SynonymPreview>,
    groups: Vec<String>,
}

/// A preview with what differs marked.
#[derive(Debug)]
struct Cut {
    before: Vec<(String, bool)>,
    after: Vec<(String, bool)>,
    same: bool,
}

impl Cut {
    fn of(preview: WordsPreview) -> Self {
        let WordsPreview { before, after } = preview;
        let marked = |own: &[String], other: &[String]| {
            own.iter().map(|word| (word.clone(), !other.contains(word))).collect::<Vec<_>>()
        };
        Self { same: before == after, before: marked(&before, &after), after: marked(&after, &before) }
    }
}

/// Words as people separate them.
fn parted(text: &str) -> Vec<String> {
    let ends = [' ', '\u{3000}', '\n', '\r', '\t', ',', ',', '、', ';', ';'];
    text.split(ends).map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// How words of the dictionary and synonyms would take effect, tried on a text and on the tickets.
pub(crate) async fn words(door: Door, Params(params): Params) -> ApiResult<Response> {
    let field = |key| params.one(key).map(|v| v.unwrap_or_default().to_owned());
    let (text, words, group) = (field("text")?, field("words")?, field("group")?);
    let mut said = Said::default();
    let mut told = |fault: Fault| match fault.kind {
        FaultKind::Invalid => {
            said.bad = Some(fault.message);
            Ok(())
        }
        _ => Err(fault),
    };
    let mut cut = None;
    if !text.is_empty() {
        match door.desk.preview_words(&text, &parted(&words)).await {
            Ok(preview) => cut = Some(Cut::of(preview)),
            Err(fault) => told(fault)?,
        }
    }
    let mut synonyms = None;
    if !group.is_empty() {
        match door.desk.preview_synonyms(&parted(&group)).await {
            Ok(preview) => synonyms = Some(preview),
            Err(fault) => told(fault)?,
        }
    }
    let groups = door.desk.city().synonyms.iter().map(|g| g.words.join("、")).collect();
    page(&WordsPage {
        frame: Frame::of(&door.desk, "词语", "/admin").await,
        tabs: TABS,
        at: "/admin/words",
        said,
        text,
        words,
        group,
        cut,
        synonyms,
        groups,
    })
}
