//! Backups: made, read back, taken away; how one is put back.

use std::path::Path;

use askama::Template;
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use tokio_util::io::ReaderStream;

use super::{PATIENCE, Said, TABS, Tab, done};
use crate::{
    desk::upkeep::{BackupFile, Copying},
    domain::{Fault, FaultKind},
    http::{
        Door,
        console::{
            frame::{Frame, When, grouped},
            page,
        },
        error::ApiResult,
        extract::Form,
    },
    store::Copied,
};

/// Bytes of a file sent at once.
const PIECE: usize = 256 * 1024;

#[derive(Template)]
#[template(path = "admin_backup.html")]
struct BackupPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    files: Vec<FileRow>,
    /// The data folder, for the command that puts a backup back.
    data: String,
}

#[derive(Debug)]
struct FileRow {
    name: String,
    size: String,
    when: Option<When>,
}

async fn backup_page(door: &Door, mut said: Said) -> ApiResult<Response> {
    let files = match door.desk.backups() {
        Ok(files) => files,
        Err(fault) if fault.kind == FaultKind::Invalid => {
            said.bad = Some(fault.message);
            Vec::new()
        }
        Err(fault) => return Err(fault.into()),
    };
    let now = door.desk.now();
    let row = |file: BackupFile| FileRow {
        size: grouped(file.bytes.div_ceil(1024)),
        when: file.at.map(|at| When::new(at, now)),
        name: file.name,
    };
    page(&BackupPage {
        frame: Frame::of(&door.desk, "备份", "/admin").await,
        tabs: TABS,
        at: "/admin/backup",
        said,
        files: files.into_iter().map(row).collect(),
        data: door.desk.data_folder().map(|dir| dir.display().to_string()).unwrap_or_default(),
    })
}

/// The backups, and what became of the last copy.
pub(crate) async fn backup(door: Door) -> ApiResult<Response> {
    let said = door.desk.copying()?.map(|last| last_copy(&door, &last)).unwrap_or_default();
    backup_page(&door, said).await
}

/// A copy that runs, or the last one.
fn last_copy(door: &Door, last: &Copying) -> Said {
    let since = When::new(last.at, door.desk.now()).short;
    match &last.found {
        None => Said {
            good: Some(format!("{}({since}开始),离开本页不会中断;刷新可看结果。", running(last))),
            bad: None,
        },
        Some(Ok((path, copied))) => Said { good: Some(ended(last.checked.as_deref(), path, copied)), bad: None },
        Some(Err(why)) => Said { good: None, bad: Some(format!("{since}{}未完成:{why}", work(last))) },
    }
}

fn work(last: &Copying) -> &'static str {
    if last.checked.is_some() { "读回校验" } else { "备份" }
}

/// What runs in the background, for this page and that of jobs.
pub(super) fn running(last: &Copying) -> String {
    format!("正在后台{}", work(last))
}

fn ended(checked: Option<&str>, path: &Path, copied: &Copied) -> String {
    match checked {
        Some(name) => format!("{name} 完好:{}", read_back(copied)),
        None => format!("已备份到 {}:{}", path.display(), read_back(copied)),
    }
}

fn read_back(copied: &Copied) -> String {
    format!("{} 件工单、{} 条审计记录,已整体读回校验,校验值 {}", copied.tickets, copied.lines, copied.hash)
}

async fn told(door: &Door, outcome: Result<String, Fault>) -> ApiResult<Response> {
    match outcome {
        Ok(good) => backup_page(door, Said { good: Some(good), bad: None }).await,
        Err(fault) => done(Err(fault), "/admin/backup", |said| backup_page(door, said)).await,
    }
}

/// Makes one now.
pub(crate) async fn back_up(door: Door, Form(_): Form) -> ApiResult<Response> {
    match tokio::time::timeout(PATIENCE, door.desk.back_up()).await {
        Ok(made) => told(&door, made.map(|(path, copied)| ended(None, &path, &copied))).await,
        Err(_) => Ok(Redirect::to("/admin/backup").into_response()),
    }
}

/// Reads one back.
pub(crate) async fn check(door: Door, Form(form): Form) -> ApiResult<Response> {
    let name = form.one("name")?.unwrap_or_default();
    match tokio::time::timeout(PATIENCE, door.desk.check_backup(name)).await {
        Ok(checked) => told(&door, checked.map(|copied| ended(Some(name), Path::new(name), &copied))).await,
        Err(_) => Ok(Redirect::to("/admin/backup").into_response()),
    }
}

/// Takes one away, as a file.
pub(crate) async fn download(door: Door, Form(form): Form) -> ApiResult<Response> {
    let name = form.one("name")?.unwrap_or_default();
    let path = match door.desk.take_backup(name).await {
        Ok(path) => path,
        Err(fault) => return done(Err(fault), "/admin/backup", |said| backup_page(&door, said)).await,
    };
    let failed = |e: std::io::Error| Fault::internal(format!("{}: {e}", path.display()));
    let file = tokio::fs::File::open(&path).await.map_err(failed)?;
    let bytes = file.metadata().await.map_err(failed)?.len();
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.sqlite3".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_LENGTH, bytes.to_string()),
        // As it is: to compress a whole database on the way would hold up everybody else.
        (header::CONTENT_ENCODING, "identity".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::with_capacity(file, PIECE))).into_response())
}
