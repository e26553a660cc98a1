//! What has to hold before an appeal or a decision is stored.

use crate::{
    city::CityPack,
    domain::{Fault, FaultKind, Labels, NewTicket},
};

/// Characters of a short field (a place, a name, a number) at most.
const LONGEST: usize = 200;
/// Further columns of a source at most, characters of their names and of what they hold.
const COLUMNS: (usize, usize, usize) = (50, 80, 4_000);

/// An appeal must say something, fit the limit, and name only labels that the pack knows.
pub(super) fn ticket(ticket: &NewTicket, pack: &CityPack, max_chars: usize) -> Result<(), Fault> {
    if ticket.appeal.is_blank() {
        return Err(Fault::invalid("诉求没有内容,请写明诉求").at("text"));
    }
    let chars = ticket.appeal.title.chars().count() + ticket.appeal.text.chars().count();
    if chars > max_chars {
        let message = format!("标题与内容共 {chars} 字,最多 {max_chars} 字,请删减或拆分");
        return Err(Fault::new(FaultKind::TooLarge, message).at("text"));
    }
    labels(&ticket.labels, pack)
}

/// What is typed into a field that is no text has a bound: it is repeated in lists, notes and the index. A file of
/// another system's is taken as it is.
pub(super) fn typed(ticket: &NewTicket) -> Result<(), Fault> {
    let caller = &ticket.caller;
    let fields = [
        ("place", "地址", &ticket.place),
        ("subject", "涉事对象", &ticket.subject),
        ("district", "区县", &ticket.district),
        ("town", "街镇", &ticket.town),
        ("event", "事件", &ticket.event),
        ("parent_no", "上级编号", &ticket.parent_no),
        ("caller.name", "姓名", &caller.name),
        ("caller.number", "来电号码", &caller.number),
        ("caller.contact", "联系电话", &caller.contact),
    ];
    let long = |value: &Option<String>| value.as_ref().is_some_and(|v| v.chars().count() > LONGEST);
    if let Some((field, name, _)) = fields.into_iter().find(|(_, _, value)| long(value)) {
        return Err(Fault::invalid(format!("{name}最多 {LONGEST} 字")).at(field));
    }
    let (most, name, value) = COLUMNS;
    if ticket.extra.len() > most {
        return Err(Fault::invalid(format!("附加字段最多 {most} 个")).at("extra"));
    }
    let long = |(n, v): &(&String, &String)| n.chars().count() > name || v.chars().count() > value;
    match ticket.extra.iter().find(long) {
        Some((name, _)) => Err(Fault::invalid(format!("附加字段“{}”过长", shown(name))).at("extra")),
        None => Ok(()),
    }
}

/// Category and department must stand in the pack.
pub(super) fn labels(labels: &Labels, pack: &CityPack) -> Result<(), Fault> {
    if let Some(code) = &labels.category
        && pack.taxonomy.get(code).is_none()
    {
        let message = format!("no category `{}` in the city pack; see /api/v1/city/taxonomy", shown(code));
        return Err(Fault::invalid(message).at("category"));
    }
    if let Some(name) = &labels.department
        && !pack.departments.iter().any(|d| &d.name == name)
    {
        let message = format!("no department `{}` in the city pack; see /api/v1/city/departments", shown(name));
        return Err(Fault::invalid(message).at("department"));
    }
    Ok(())
}

fn shown(value: &str) -> String {
    value.chars().take(30).collect()
}
