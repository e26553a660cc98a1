//! What every page has around it, and how pages write times and addresses.

use std::fmt::Write as _;

use axum::http::Method;
use jiff::Timestamp;

use crate::{
    desk::{Desk, Health},
    domain::{Right, city_date, city_time, format_city},
    http::{access, console::assets, session::Seat},
};

/// An entry of the rail; only pages that exist.
#[derive(Debug)]
pub(super) struct RailEntry {
    pub(super) name: &'static str,
    pub(super) href: &'static str,
}

pub(super) const RAIL: &[RailEntry] = &[
    RailEntry { name: "受理台", href: "/intake" },
    RailEntry { name: "工单", href: "/tickets" },
    RailEntry { name: "检索", href: "/search" },
    RailEntry { name: "热点", href: "/topics" },
    RailEntry { name: "关注", href: "/watches" },
    RailEntry { name: "驾驶舱", href: "/cockpit" },
    RailEntry { name: "简报", href: "/briefs" },
    RailEntry { name: "简报审核", href: "/audit" },
    RailEntry { name: "督办", href: "/supervise" },
    RailEntry { name: "质量", href: "/quality" },
    RailEntry { name: "管理", href: "/admin" },
];

/// The frame of a page.
#[derive(Debug)]
pub(super) struct Frame {
    /// 受理台, 检索, …
    pub(super) title: String,
    /// Which rail entry is this.
    pub(super) at: &'static str,
    /// City name; empty where the desk cannot be asked.
    pub(super) city: String,
    /// A district of the city, for examples.
    pub(super) district: String,
    /// Account name of whoever sits there.
    pub(super) account: String,
    /// Open alarms, for those who may look into them.
    pub(super) alarms: Option<usize>,
    /// What the search box holds.
    pub(super) q: String,
    /// A thin amber line: what does not answer, and what that means.
    pub(super) notice: Option<String>,
    /// 姓名; empty for a program.
    pub(super) person: String,
    /// 角色
    pub(super) role: &'static str,
    /// 管辖范围, if it is limited.
    pub(super) reach: String,
    /// What a form has to send back.
    pub(super) csrf: String,
    /// What the role may open.
    pub(super) rail: Vec<&'static RailEntry>,
    /// `light`, `dark`, or empty: as the machine has it.
    pub(super) look: &'static str,
}

impl Frame {
    /// A frame that asks the desk nothing: of the entrance, and of errors.
    pub(super) fn bare(title: &str) -> Self {
        Self::seated(title.into(), Seat::now().as_ref())
    }

    /// The frame of whoever sits there.
    pub(super) fn seated(title: String, seat: Option<&Seat>) -> Self {
        let session = seat.and_then(|seat| seat.session.as_ref());
        let may = |entry: &&RailEntry| {
            seat.is_some_and(|seat| access::of(&Method::GET, entry.href).admits(&seat.actor).is_ok())
        };
        Self {
            title,
            at: "",
            city: String::new(),
            district: String::new(),
            account: session.map(|s| s.user.name.clone()).unwrap_or_default(),
            alarms: None,
            q: String::new(),
            notice: None,
            person: session.map(|s| s.user.person.clone()).unwrap_or_default(),
            role: seat.map_or("", |seat| seat.actor.role.label()),
            reach: seat.filter(|s| !s.actor.reach.is_all()).map(|s| s.actor.reach.to_string()).unwrap_or_default(),
            csrf: session.map(|s| s.session.csrf.clone()).unwrap_or_default(),
            rail: RAIL.iter().filter(may).collect(),
            look: seat.map(|seat| seat.look).unwrap_or_default().code(),
        }
    }

    /// The frame of a page of the rail.
    pub(super) async fn of(desk: &Desk, title: impl Into<String>, at: &'static str) -> Self {
        let health = desk.health_lately().await;
        let bare = Self::seated(title.into(), Seat::now().as_ref());
        let district = desk.city().regions.first().map(|region| region.district.clone()).unwrap_or_default();
        let may = desk.actor().may(Right::Insight) && desk.sees_all();
        let alarms = may.then(|| desk.open_alarms().len());
        Self { at, city: health.city.clone(), district, alarms, notice: notice(&health), ..bare }
    }

    pub(super) fn rail(&self) -> &[&'static RailEntry] {
        &self.rail
    }

    /// Whether a page of the rail is open to whoever sits there.
    pub(super) fn opens(&self, href: &str) -> bool {
        self.rail.iter().any(|entry| entry.href == href)
    }

    /// The part of 帮助 that belongs to this page.
    pub(super) fn help(&self) -> String {
        super::help::link_of(self.at)
    }

    pub(super) fn asset(&self, file: &str) -> String {
        assets::url(file)
    }
}

fn notice(health: &Health) -> Option<String> {
    if health.store.is_err() {
        return Some("存储没有应答,暂时不能保存工单。请保留已录入的文字,并联系管理员。".into());
    }
    if health.unwritable.is_some() {
        return Some("检索索引无法写入,新工单已存入数据库,暂时检索不到。登记不受影响,请联系管理员。".into());
    }
    if health.model.is_none() {
        return Some("模型未加载,仅按规则研判急度;分类与主办单位请人工选择。登记、检索不受影响。".into());
    }
    if health.triage_waiting > 0 && health.queue > 0 {
        return Some(format!("{} 件工单正在补充研判,登记不受影响。", health.triage_waiting));
    }
    if !health.pack_faults.is_empty() {
        return Some(format!(
            "新的城市包有 {} 处错误,未启用,仍按原城市包工作。请联系管理员。",
            health.pack_faults.len()
        ));
    }
    if !health.model_troubles.is_empty() {
        return Some("所选模型无法使用,现由较早的模型给出建议。登记、检索不受影响,请联系管理员。".into());
    }
    if health.rebuilding {
        return Some("正在重建检索索引,完成前仍用原索引检索。".into());
    }
    if health.index_lag > 1_000 {
        return Some(format!("检索索引正在追赶,还差 {} 处变更,新工单稍后可以检索到。", health.index_lag));
    }
    None
}

/// A time as lists show it: 14:03 today, 05-21 14:03 this year, 2025-05-21 before; the whole on hover.
#[derive(Debug)]
pub(super) struct When {
    pub(super) short: String,
    pub(super) full: String,
}

impl When {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        let (time, today) = (city_time(at), city_date(now));
        let format = match time.date() {
            day if day == today => "%H:%M",
            day if day.year() == today.year() => "%m-%d %H:%M",
            _ => "%Y-%m-%d",
        };
        let full = format_city(at).replace('T', " ").replace("+08:00", "");
        Self { short: time.strftime(format).to_string(), full }
    }
}

/// Thousands with a thin gap: 19 153.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

/// A path with its query string.
pub(crate) fn link<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = path.to_owned();
    for (at, (key, value)) in pairs.into_iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        encode(&mut out, key);
        out.push('=');
        encode(&mut out, value);
    }
    out
}

/// A ticket's page.
pub(super) fn ticket_link(id: &str) -> String {
    let mut out = String::from("/tickets/");
    encode(&mut out, id);
    out
}

/// RFC 3986: everything but unreserved characters.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
