//! 受理情况: how much came in, who called, by which way, how urgent.

use crate::domain::brief::{Base, Fact, FigureId, Run};

use super::{
    Composer,
    voice::{self, figure, some, words},
};

/// Writes the opening; the count of all is returned for others to stand on.
pub(super) fn write(c: &mut Composer<'_>) -> FigureId {
    let year = c.material.year_before;
    let (_, received, change) = c.counted("", "全部诉求", &[]);
    c.bases.insert(Base::Received, ("来电时间在本期内的全部诉求".to_owned(), received.clone()));
    let last_year = c.all(&year);
    let last_year = c.ledger.count("上年同期诉求量", &last_year);
    let covered = c.covers(&year);
    let year = c.ledger.change("受理量同比", &received, &last_year).filter(|_| covered);
    let total = c.say(
        "total",
        &[
            ("window", words(c.period())),
            ("office", words(&c.style.office)),
            ("received", figure(&received)),
            ("change", some(change.as_ref())),
            ("year", some(year.as_ref())),
        ],
    );
    let callers = callers(c);
    let valid = valid(c);
    let pending = pending(c);
    let types = by(c, "types", Fact::AppealType, "诉求类型", 5);
    let channels = by(c, "channels", Fact::Channel, "受理渠道", 5);
    c.paragraph(vec![total, callers, valid, pending, types, channels]);
    received
}

fn callers(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let mut of = |kind: crate::domain::CallerKind| {
        let label = kind.label();
        let window = c.material.window;
        let cohort = c.received(&format!("来电主体为{label}的诉求"), &window, &[(Fact::CallerKind, &[label])]);
        (c.ledger.size(&cohort) > 0).then(|| c.ledger.count(format!("{label}诉求量"), &cohort))
    };
    let (enterprise, talent) = (of(crate::domain::CallerKind::Enterprise), of(crate::domain::CallerKind::Talent));
    let organisation = of(crate::domain::CallerKind::Organisation);
    c.say(
        "callers",
        &[
            ("enterprise", some(enterprise.as_ref())),
            ("talent", some(talent.as_ref())),
            ("organisation", some(organisation.as_ref())),
        ],
    )
}

/// 有效诉求, said only where some appeals are not.
fn valid(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let all = c.all(&window);
    let valid = c.received("有效诉求", &window, &[(Fact::Valid, &[crate::report::facts::YES])]);
    if c.ledger.size(&valid) == c.ledger.size(&all) {
        return None;
    }
    let count = c.ledger.count("有效诉求", &valid);
    c.bases.insert(Base::Valid, ("受理量扣除错拨、骚扰、测试等无效来电".to_owned(), count.clone()));
    let share = c.ledger.share("有效诉求占比", &valid, &all, Base::Received, 1);
    c.say("valid", &[("valid", figure(&count)), ("share", some(share.as_ref()))])
}

/// Appeals of which nobody has said yet what they are about: without them the parts do not come to the whole.
fn pending(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let cohort = c.received("尚未确定类别的诉求", &window, &[(Fact::Category1, &[crate::report::facts::UNKNOWN])]);
    if c.ledger.size(&cohort) == 0 {
        return None;
    }
    let count = c.ledger.count("尚未确定类别诉求量", &cohort);
    c.say("pending", &[("pending", figure(&count))])
}

/// Values of a fact with count and share of 受理量, most first; the last of `most` takes up the rest
/// silently.
pub(super) fn by(c: &mut Composer<'_>, sentence: &str, fact: Fact, name: &str, most: usize) -> Option<Vec<Run>> {
    let items = shares(c, fact, name, most);
    let list = voice::list(items, "、");
    c.say(sentence, &[("list", list)])
}

/// `电话1026件,占60.4%` for the values of a fact.
pub(super) fn shares(c: &mut Composer<'_>, fact: Fact, name: &str, most: usize) -> Vec<Vec<Run>> {
    let window = c.material.window;
    let all = c.all(&window);
    let values: Vec<String> = c
        .tally(&all, fact)
        .into_iter()
        .map(|(value, _)| value)
        .filter(|value| value != crate::report::facts::UNKNOWN)
        .take(most)
        .collect();
    let mut items = Vec::new();
    for value in values {
        let cohort = c.received(&format!("{name}为{value}的诉求"), &window, &[(fact, &[value.as_str()])]);
        let count = c.ledger.count(format!("{value}诉求量"), &cohort);
        let share = c.ledger.share(format!("{value}诉求占比"), &cohort, &all, Base::Received, 1);
        let spaced = if value.ends_with(|c: char| c.is_ascii_alphanumeric()) { format!("{value} ") } else { value };
        items.extend(
            c.say("item.part", &[("name", words(spaced)), ("count", figure(&count)), ("share", some(share.as_ref()))]),
        );
    }
    items
}

/// 急件: how many, by level.
pub(super) fn urgent(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let (cohort, count, change) = c.counted("特急、紧急", "研判为特急、紧急的诉求", &[(Fact::Urgency, &["U1", "U2"])]);
    if c.ledger.size(&cohort) == 0 {
        return c.say("urgent.none", &[("urgent", figure(&count))]);
    }
    let mut level = |code: &str, name: &str| {
        let cohort = c.received(&format!("研判为{name}的诉求"), &window, &[(Fact::Urgency, &[code])]);
        c.ledger.count(format!("{name}诉求量"), &cohort)
    };
    let (u1, u2) = (level("U1", "特急"), level("U2", "紧急"));
    c.say(
        "urgent",
        &[("urgent", figure(&count)), ("u1", figure(&u1)), ("u2", figure(&u2)), ("change", some(change.as_ref()))],
    )
}

/// The urgent appeals one by one, most severe first; `most` of them, the rest counted.
pub(super) fn urgent_cases(c: &mut Composer<'_>, most: usize) -> bool {
    let window = c.material.window;
    let mut rows: Vec<_> = c
        .material
        .rows
        .iter()
        .filter(|row| window.contains(row.received) && matches!(row.value(Fact::Urgency), Some("U1" | "U2")))
        .collect();
    rows.sort_by(|a, b| {
        let key =
            |r: &crate::report::facts::Row| (r.value(Fact::Urgency).unwrap_or("").to_owned(), r.received, r.id.clone());
        key(a).cmp(&key(b))
    });
    let any = !rows.is_empty();
    let rest = cases(c, "urgent.case", &rows, most);
    let told = rest.len() < rows.len();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    if told && !rest.is_empty() {
        let cohort =
            c.received("未逐件列出的特急、紧急诉求", &window, &[(Fact::Id, &rest), (Fact::Urgency, &["U1", "U2"])]);
        let count = c.ledger.count("未逐件列出的急件", &cohort);
        let more = c.say("urgent.more", &[("rest", figure(&count))]);
        c.paragraph(vec![more]);
    }
    any && told
}

/// Appeals one by one as a list, `most` of them; gives back the ids of those that found no place in it.
pub(super) fn cases(
    c: &mut Composer<'_>,
    sentence: &str,
    rows: &[&crate::report::facts::Row],
    most: usize,
) -> Vec<String> {
    let mut items = Vec::new();
    let mut shown = Vec::new();
    for row in rows {
        if items.len() == most {
            break;
        }
        let Some(matter) = c.matter(&row.id) else { continue };
        let Some(ticket) = c.tickets.get(&row.id).copied() else { continue };
        let at = crate::domain::city_time(ticket.received_at);
        let level = match row.value(Fact::Urgency) {
            Some("U1") => crate::domain::Urgency::U1.label(),
            _ => crate::domain::Urgency::U2.label(),
        };
        let known = |fact: Fact| row.value(fact).filter(|v| *v != crate::report::facts::UNKNOWN).map(str::to_owned);
        let said = c.say(
            sentence,
            &[
                ("time", words(format!("{}月{}日{}时{:02}分", at.month(), at.day(), at.hour(), at.minute()))),
                ("where", known(Fact::District).and_then(words)),
                ("matter", Some(vec![matter])),
                ("tail", words(tail(ticket.id.as_str()))),
                ("level", words(level)),
                ("unit", known(Fact::Department).and_then(words)),
                ("state", words(state_words(ticket))),
            ],
        );
        if let Some(said) = said {
            items.push(said);
            shown.push(row.id.as_str().to_owned());
        }
    }
    if !items.is_empty() {
        c.block(crate::domain::brief::Content::List { ordered: true, items });
    }
    rows.iter().map(|row| row.id.as_str().to_owned()).filter(|id| !shown.contains(id)).collect()
}

/// A short number whole, of a long one the last six characters.
pub(super) fn tail(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    let from = if chars.len() <= 8 { 0 } else { chars.len() - 6 };
    chars[from..].iter().collect()
}

/// Where the handling of a ticket stands, in plain words.
fn state_words(ticket: &crate::domain::Ticket) -> &'static str {
    use crate::domain::Status;
    match ticket.status {
        Status::Pending => "待受理",
        Status::ToDispatch => "待派单",
        Status::ToSign => "已派单待签收",
        Status::Handling => "正在办理",
        Status::SecondRound => "正在二次办理",
        Status::Replied => "已办结待回访",
        Status::Revisited => "已办结并回访",
        Status::Archived => "已办结归档",
    }
}
