//! The city pack: the one that answers, the one on disk, one that was sent in.

use askama::Template;
use axum::{
    body::Bytes,
    response::{IntoResponse, Redirect, Response},
};

use super::{Said, TABS, Tab, done};
use crate::{
    desk::upkeep::{PackCheck, PackHome},
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
    folder: String,
    own: String,
    home: PackHome,
    check: PackCheck,
    staged: Option<PackCheck>,
}

async fn pack_page(door: &Door, said: Said) -> ApiResult<Response> {
    let (check, home) = (door.desk.check_pack().await?, door.desk.pack_home()?);
    let staged = door.desk.staged_pack().await?;
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
        folder: home.folder.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default(),
        own: home.own.as_ref().map(|dir| dir.display().to_string()).unwrap_or_default(),
        home,
        check,
        staged,
    })
}

/// The pack that answers, the one on disk, the one sent in.
pub(crate) async fn pack(door: Door, Params(params): Params) -> ApiResult<Response> {
    let known = [
        ("taken", "新的城市包已启用,改前的文件留在 versions 中。"),
        ("same", "磁盘上的城市包没有变化。"),
        ("copied", "城市包已复制到数据目录,并从那里工作;以后启动时请不再指定 --city。"),
        ("staged", "已上传并检查,尚未启用;请看下方的差异。"),
        ("dropped", "已放弃上传的城市包。"),
    ];
    pack_page(&door, Said::of(&params, &known)?).await
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

/// Copies the pack into the data folder.
pub(crate) async fn copy(door: Door, Form(form): Form) -> ApiResult<Response> {
    let words = form.one("back")? == Some("words");
    let to = if words { "/admin/words?said=copied" } else { "/admin/pack?said=copied" };
    done(door.desk.copy_pack().await.map(drop), to, |said| pack_page(&door, said)).await
}

/// Lays a pack aside that comes as a ZIP file in the body.
pub(crate) async fn upload(door: Door, body: Bytes) -> ApiResult<Response> {
    door.desk.stage_pack(body.to_vec()).await?;
    Ok(Redirect::to("/admin/pack?said=staged").into_response())
}

/// Takes the pack that was sent in.
pub(crate) async fn take_staged(door: Door, Form(form): Form) -> ApiResult<Response> {
    let seen = form.one("seen")?.unwrap_or_default();
    done(door.desk.take_staged_pack(seen).await, "/admin/pack?said=taken", |said| pack_page(&door, said)).await
}

/// Forgets it.
pub(crate) async fn drop_staged(door: Door, Form(_): Form) -> ApiResult<Response> {
    done(door.desk.drop_staged_pack().await, "/admin/pack?said=dropped", |said| pack_page(&door, said)).await
}
