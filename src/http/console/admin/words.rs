//! Words of the dictionary and synonyms: what a change would do, and the change.

use askama::Template;
use axum::response::Response;

use super::{Said, TABS, Tab, done};
use crate::{
    city::WordsEdit,
    desk::upkeep::{CutExample, EditPreview, PackHome, WordsPreview},
    domain::{Fault, FaultKind},
    http::{
        Door,
        console::{
            frame::{Frame, grouped, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::{Form, Params},
        params::Pairs,
    },
};

/// What can be done with words: word of the form, label.
const ACTS: [(&str, &str); 4] =
    [("add", "词典:加入"), ("remove", "词典:去掉"), ("join", "同义词:合为一组"), ("part", "同义词:移出")];

#[derive(Template)]
#[template(path = "admin_words.html")]
struct WordsPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    acts: [(&'static str, &'static str); 4],
    act: String,
    text: String,
    words: String,
    cuts: Vec<Cut>,
    counts: Vec<CountRow>,
    /// Whether there is a preview that can be kept.
    ready: bool,
    home: PackHome,
    folder: String,
    own: String,
    find: String,
    found: Vec<(String, String)>,
    size: String,
    /// Each word with the address of the preview of its leaving.
    groups: Vec<Vec<(String, String)>>,
}

/// A preview with what differs marked.
#[derive(Debug)]
struct Cut {
    ticket: Option<(String, String)>,
    before: Vec<(String, bool)>,
    after: Vec<(String, bool)>,
    same: bool,
}

#[derive(Debug)]
struct CountRow {
    word: String,
    before: String,
    after: String,
}

impl Cut {
    fn of(example: CutExample) -> Self {
        let WordsPreview { before, after } = example.cut;
        let marked = |own: &[String], other: &[String]| {
            own.iter().map(|word| (word.clone(), !other.contains(word))).collect::<Vec<_>>()
        };
        Self {
            ticket: example.ticket.map(|id| (id.to_string(), ticket_link(id.as_str()))),
            same: before == after,
            before: marked(&before, &after),
            after: marked(&after, &before),
        }
    }
}

/// Words as people separate them.
fn parted(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || ",，、;；".contains(c);
    text.split(ends).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn edit(pairs: &Pairs) -> Result<WordsEdit, Fault> {
    let words = parted(pairs.one("words")?.unwrap_or_default());
    Ok(match pairs.one("act")?.unwrap_or("add") {
        "add" => WordsEdit::AddWords(words),
        "remove" => WordsEdit::RemoveWords(words),
        "join" => WordsEdit::JoinSynonyms(words),
        "part" => WordsEdit::PartSynonyms(words),
        _ => return Err(Fault::invalid("没有这种操作").at("act")),
    })
}

async fn words_page(door: &Door, params: &Pairs, mut said: Said, preview: Option<EditPreview>) -> ApiResult<Response> {
    let field = |key| params.one(key).map(|v| v.unwrap_or_default().to_owned());
    let home = door.desk.pack_home()?;
    let find = field("find")?;
    let (found, size) = door.desk.dictionary_like(&find);
    let address = |act: &str, words: &str| link("/admin/words", [("act", act), ("words", words)]);
    let pack = door.desk.city();
    let ready = preview.is_some();
    let EditPreview { examples, counts } = preview.unwrap_or_default();
    if !home.writable && said.bad.is_none() && ready {
        said.bad = Some("城市包只读,预览可用,保存前请先复制到数据目录。".into());
    }
    let act = params.one("act")?.unwrap_or("add").to_owned();
    page(&WordsPage {
        frame: Frame::of(&door.desk, "词语", "/admin").await,
        tabs: TABS,
        at: "/admin/words",
        said,
        acts: ACTS,
        act,
        text: field("text")?,
        words: field("words")?,
        cuts: examples.into_iter().map(Cut::of).collect(),
        counts: counts
            .into_iter()
            .map(|c| CountRow { word: c.word, before: grouped(c.before as u64), after: grouped(c.after as u64) })
            .collect(),
        ready,
        folder: home.folder.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default(),
        own: home.own.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default(),
        home,
        find,
        found: found.into_iter().map(|word| (address("remove", &word), word)).collect(),
        size: grouped(size as u64),
        groups: pack
            .synonyms
            .iter()
            .map(|g| g.words.iter().map(|word| (address("part", word), word.clone())).collect())
            .collect(),
    })
}

/// What a change of the words would do.
pub(crate) async fn words(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["said", "act", "words", "text", "find"])?;
    let known = [
        ("saved", "已保存并生效。改前的文件留在城市包目录的 versions 中;词典改动后,检索索引在后台重建。"),
        ("copied", "城市包已复制到数据目录,现在可以修改词语。"),
    ];
    let mut said = Said::of(&params, &known)?;
    let mut preview = None;
    let text = params.one("text")?.unwrap_or_default();
    if !params.one("words")?.unwrap_or_default().trim().is_empty() {
        match door.desk.preview_edit(&edit(&params)?, text).await {
            Ok(made) => preview = Some(made),
            Err(fault) if fault.kind == FaultKind::Invalid => said.bad = Some(fault.message),
            Err(fault) => return Err(fault.into()),
        }
    }
    words_page(&door, &params, said, preview).await
}

/// Makes the change.
pub(crate) async fn save_words(door: Door, Form(form): Form) -> ApiResult<Response> {
    let saved = match edit(&form) {
        Ok(edit) => door.desk.edit_words(&edit).await.map(drop),
        Err(fault) => Err(fault),
    };
    done(saved, "/admin/words?said=saved", |said| words_page(&door, &form, said, None)).await
}
