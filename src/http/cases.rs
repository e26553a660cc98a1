//! A number's question as an address, and as a sentence: the same words open the same appeals.

use jiff::Timestamp;

use crate::{
    city::CityPack,
    desk::{CaseAsk, Group, Left, Once},
    domain::{
        Fault, Late, Light, Outcome, Satisfaction, Urgency,
        brief::{TimeRangeKey, When},
        city_time, parse_city,
    },
    http::params::Pairs,
    store::CaseFilter,
};

/// Stands in an address for appeals of which a field is not known.
const NONE: &str = "-";
const KEYS: [&str; 28] = [
    "when",
    "from",
    "to",
    "weeks",
    "open",
    "urgency",
    "category",
    "level1",
    "department",
    "district",
    "revisited",
    "contacted",
    "signed",
    "returned",
    "outcome",
    "satisfaction",
    "repeat",
    "weekday",
    "hour",
    "event",
    "topic",
    "brief",
    "figure",
    "word",
    "light",
    "why",
    "once",
    "offset",
];
const DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

fn when_code(when: When) -> &'static str {
    match when {
        When::Received => "received",
        When::Due => "due",
        When::Closed => "closed",
    }
}

fn when_label(when: When) -> &'static str {
    match when {
        When::Received => "来电",
        When::Due => "办结时限",
        When::Closed => "办结",
    }
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

/// City time to the second, as addresses and sentences write it.
pub(crate) fn second(at: Timestamp) -> String {
    city_time(at).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The pairs of an address; [`Pairs::case_ask`] reads them back.
pub(crate) fn pairs_of(ask: &CaseAsk) -> Vec<(&'static str, String)> {
    let filter = &ask.filter;
    let mut out: Vec<(&'static str, String)> = Vec::new();
    if let Some(when) = filter.when {
        out.push(("when", when_code(when).into()));
    }
    if let Some(range) = &ask.range {
        out.push(("from", second(range.from)));
        out.push(("to", second(range.to)));
    }
    if ask.weeks > 0 {
        out.push(("weeks", ask.weeks.to_string()));
    }
    let flags = [
        ("open", filter.open),
        ("revisited", filter.revisited),
        ("contacted", filter.contacted),
        ("signed", filter.signed),
        ("returned", filter.returned),
        ("repeat", filter.repeat),
    ];
    out.extend(flags.into_iter().filter_map(|(key, value)| Some((key, yes_no(value?)))));
    let named = |value: &String| if value.is_empty() { NONE.to_owned() } else { value.clone() };
    out.extend(filter.urgency.iter().map(|u| ("urgency", u.code().to_owned())));
    out.extend(filter.category.iter().map(|v| ("category", named(v))));
    out.extend(filter.level1.iter().map(|v| ("level1", v.clone())));
    out.extend(filter.department.iter().map(|v| ("department", named(v))));
    out.extend(filter.district.iter().map(|v| ("district", named(v))));
    out.extend(filter.outcome.iter().map(|v| ("outcome", v.label().to_owned())));
    out.extend(filter.satisfaction.iter().map(|v| ("satisfaction", v.label().to_owned())));
    out.extend(filter.weekday.iter().map(|v| ("weekday", v.to_string())));
    out.extend(filter.hour.iter().map(|v| ("hour", v.to_string())));
    match &ask.group {
        None => {}
        Some(Group::Event(id)) => out.push(("event", id.clone())),
        Some(Group::Topic(id)) => out.push(("topic", id.clone())),
        Some(Group::Figure(brief, figure)) => {
            out.extend([("brief", brief.clone()), ("figure", figure.clone())]);
        }
        Some(Group::Word(word)) => out.push(("word", word.clone())),
        Some(Group::Late(light, why)) => {
            out.push(("light", light.map_or("any", Light::code).to_owned()));
            out.extend(why.iter().map(|why| ("why", why.code().to_owned())));
        }
        Some(Group::Once(which)) => out.push(("once", which.code().to_owned())),
    }
    out
}

/// The address of the appeals behind a number, under a path.
pub(crate) fn address(path: &str, ask: &CaseAsk) -> String {
    let pairs = pairs_of(ask);
    super::console::link(path, pairs.iter().map(|(key, value)| (*key, value.as_str())))
}

impl Pairs {
    /// Reads the question back; unknown keys and values are refused.
    pub(crate) fn case_ask(&self) -> Result<CaseAsk, Fault> {
        let mut keys = KEYS.to_vec();
        keys.push("limit");
        self.only(&keys)?;
        let time = |key| self.one(key)?.map(|v| parse_city(v).map_err(|fault| fault.at(key))).transpose();
        let range = match (time("from")?, time("to")?) {
            (Some(from), Some(to)) => Some(TimeRangeKey { from, to }),
            (None, None) => None,
            _ => return Err(Fault::invalid("`from` and `to` belong together").at("from")),
        };
        let flag = |key: &'static str| match self.one(key)? {
            None => Ok(None),
            Some("yes") => Ok(Some(true)),
            Some("no") => Ok(Some(false)),
            Some(_) => Err(Fault::invalid(format!("`{key}` is yes or no")).at(key)),
        };
        let when = match self.one("when")? {
            None => None,
            Some(code) => {
                let known = [When::Received, When::Due, When::Closed].into_iter().find(|w| when_code(*w) == code);
                Some(known.ok_or_else(|| Fault::invalid("`when` is one of received due closed").at("when"))?)
            }
        };
        let small = |key: &'static str, most: usize| match self.one(key)? {
            None => Ok(None),
            Some(_) => self.number(key, 0, most, 0).map(|n| u8::try_from(n).ok()),
        };
        let names = |key| self.all(key).map(|v| if v == NONE { String::new() } else { v.to_owned() }).collect();
        let filter = CaseFilter {
            ranges: Vec::new(),
            when,
            open: flag("open")?,
            urgency: self.words::<Urgency>("urgency")?,
            category: names("category"),
            level1: self.one("level1")?.map(str::to_owned),
            department: names("department"),
            district: names("district"),
            revisited: flag("revisited")?,
            contacted: flag("contacted")?,
            signed: flag("signed")?,
            returned: flag("returned")?,
            outcome: self.words::<Outcome>("outcome")?,
            satisfaction: self.words::<Satisfaction>("satisfaction")?,
            repeat: flag("repeat")?,
            weekday: small("weekday", 6)?,
            hour: small("hour", 23)?,
        };
        let (light, why) = self.light_and_why()?;
        let once = match self.one("once")? {
            None => None,
            Some(code) => Some(Once::ALL.into_iter().find(|which| which.code() == code).ok_or_else(|| {
                let all: Vec<&str> = Once::ALL.into_iter().map(Once::code).collect();
                Fault::invalid(format!("`once` is one of {}", all.join(" "))).at("once")
            })?),
        };
        let figure = match (self.one("brief")?, self.one("figure")?) {
            (Some(brief), Some(figure)) => Some(Group::Figure(brief.to_owned(), figure.to_owned())),
            (None, None) => None,
            _ => return Err(Fault::invalid("`brief` and `figure` belong together").at("figure")),
        };
        let groups = [
            figure,
            self.one("topic")?.map(|id| Group::Topic(id.to_owned())),
            self.one("event")?.map(|id| Group::Event(id.to_owned())),
            self.one("word")?.map(|word| Group::Word(word.to_owned())),
            (light.is_some() || why.is_some()).then(|| Group::Late(light.flatten(), why)),
            once.map(Group::Once),
        ];
        let mut groups = groups.into_iter().flatten();
        let group = groups.next();
        if groups.next().is_some() {
            return Err(Fault::invalid("give one of event, topic, figure, word, light and once").at("event"));
        }
        Ok(CaseAsk { filter, range, weeks: small("weeks", 52)?.unwrap_or(0), group })
    }

    /// `light` (`red` `orange` `yellow`, or `any`) and `why`.
    pub(crate) fn light_and_why(&self) -> Result<(Option<Option<Light>>, Option<Late>), Fault> {
        let light = match self.one("light")? {
            None => None,
            Some("any") => Some(None),
            Some(code) => {
                let known = Light::ALL.into_iter().find(|light| light.code() == code);
                Some(Some(known.ok_or_else(|| Fault::invalid("`light` is one of red orange yellow any").at("light"))?))
            }
        };
        let why = match self.one("why")? {
            None => None,
            Some(code) => {
                let known = Late::ALL.into_iter().find(|why| why.code() == code);
                Some(known.ok_or_else(|| {
                    let all: Vec<&str> = Late::ALL.into_iter().map(Late::code).collect();
                    Fault::invalid(format!("`why` is one of {}", all.join(" "))).at("why")
                })?)
            }
        };
        Ok((light, why))
    }
}

/// What is asked for, in words.
pub(crate) fn sentence(ask: &CaseAsk, pack: &CityPack) -> String {
    let filter = &ask.filter;
    let mut parts: Vec<String> = Vec::new();
    if let Some(range) = &ask.range {
        let time = |at| second(at).replace('T', " ");
        let of = when_label(filter.when.unwrap_or(When::Received));
        let back = if ask.weeks > 0 {
            format!("之前 {} 周同一星期几、同一时段的", ask.weeks)
        } else {
            String::new()
        };
        parts.push(format!("{back}{of}时间 {} 至 {}", time(range.from), time(range.to)));
    }
    let shown = |values: &[String], name: &dyn Fn(&str) -> String| {
        let each = values.iter().map(|v| if v.is_empty() { "未注明".to_owned() } else { name(v) });
        each.collect::<Vec<_>>().join("、")
    };
    let same = |v: &str| v.to_owned();
    let category = |code: &str| pack.taxonomy.get(code).map_or_else(|| code.to_owned(), |c| c.level2.clone());
    let flag = |value: Option<bool>, yes: &str, no: &str| value.map(|v| if v { yes } else { no }.to_owned());
    parts.extend(flag(filter.open, "未办结", "已办结"));
    if !filter.urgency.is_empty() {
        parts.push(format!("急度 {}", filter.urgency.iter().map(|u| u.code()).collect::<Vec<_>>().join("、")));
    }
    for (name, values, word) in [
        ("类别", &filter.category, &category as &dyn Fn(&str) -> String),
        ("主办单位", &filter.department, &same),
        ("区县", &filter.district, &same),
    ] {
        if !values.is_empty() {
            parts.push(format!("{name} {}", shown(values, word)));
        }
    }
    if let Some(level1) = &filter.level1 {
        let of = |c: &&crate::domain::Category| c.code.starts_with(level1.as_str());
        let name = pack.taxonomy.categories().iter().find(of).map_or(level1.clone(), |c| c.level1.clone());
        parts.push(format!("一级类别 {name}"));
    }
    parts.extend(flag(filter.revisited, "有效回访", "未有效回访"));
    parts.extend(flag(filter.contacted, "已联系", "未联系"));
    parts.extend(flag(filter.signed, "已签收", "未签收"));
    parts.extend(flag(filter.returned, "有退单", "无退单"));
    parts.extend(filter.outcome.iter().map(|o| o.label().to_owned()));
    parts.extend(filter.satisfaction.iter().map(|s| s.label().to_owned()));
    parts.extend(flag(filter.repeat, "重复反映", "非重复"));
    if let Some(day) = filter.weekday {
        parts.push(DAYS.get(usize::from(day)).copied().unwrap_or_default().to_owned());
    }
    parts.extend(filter.hour.map(|hour| format!("{hour} 时至 {} 时", hour + 1)));
    match &ask.group {
        None => {}
        Some(Group::Event(_)) => parts.push("同一事件的工单".into()),
        Some(Group::Topic(_)) => parts.push("同一话题的工单".into()),
        Some(Group::Figure(brief, figure)) => parts.push(format!("简报 {brief} 中的数 {figure}")),
        Some(Group::Word(word)) => parts.push(format!("近 7 天含“{word}”")),
        Some(Group::Late(light, why)) => {
            parts.push(light.map_or("黄橙红".to_owned(), |light| format!("{}色", light.label())));
            parts.extend(why.map(|why| why.label().to_owned()));
        }
        Some(Group::Once(which)) => parts.push(which.words().into()),
    }
    if parts.is_empty() { "全部工单".into() } else { parts.join(",") }
}

/// Time to a deadline in words: 剩 2 个工作日, 超 3 小时.
pub(crate) fn left_words(left: Left) -> String {
    let (head, seconds) = if left.seconds < 0 { ("超", -left.seconds) } else { ("剩", left.seconds) };
    let day = if left.working { " 个工作日" } else { " 天" };
    match seconds {
        s if s >= 86_400 => format!("{head} {}{day}", s / 86_400),
        s if s >= 3_600 => format!("{head} {} 小时", s / 3_600),
        s => format!("{head} {} 分", (s / 60).max(1)),
    }
}
