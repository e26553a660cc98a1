//! Query strings: repeated keys, unknown keys refused, numbers and words checked.

use std::str::FromStr;

use crate::{
    desk::{FindRequest, Form},
    domain::{Fault, TimeRange, parse_city},
    search::{Facet, Interval, Mode, Sort},
    store::{AlertFilter, TicketFilter},
};

/// Most hits or tickets on one page.
pub(crate) const MOST: usize = 100;
const DEFAULT_LIMIT: usize = 20;
/// Deepest first hit: further pages are never read by people, and cost memory.
pub(crate) const DEEPEST: usize = 10_000;
/// Longest query in characters.
const LONGEST_QUERY: usize = 500;

/// The pairs of a query string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Pairs as they came; empty values count as not given, so that forms need no script.
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect())
    }

    /// All values of a key.
    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// All pairs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The value of a key that may stand once.
    pub(crate) fn one(&self, key: &str) -> Result<Option<&str>, Fault> {
        let mut values = self.all_of(key);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Fault::invalid(format!("parameter `{key}` is given twice")).at(key)),
            None => Ok(first),
        }
    }

    fn all_of(&self, key: &str) -> impl Iterator<Item = &str> {
        let key = key.to_owned();
        self.0.iter().filter(move |(k, _)| *k == key).map(|(_, v)| v.as_str())
    }

    /// Refuses keys that nobody reads: a misspelt filter must not widen an answer silently.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), Fault> {
        match self.0.iter().find(|(key, _)| !allowed.contains(&key.as_str())) {
            Some((key, _)) => {
                let shown: String = key.chars().take(40).collect();
                Err(Fault::invalid(format!("unknown parameter `{shown}`: one of {}", allowed.join(" "))).at(shown))
            }
            None => Ok(()),
        }
    }

    pub(super) fn number(&self, key: &str, least: usize, most: usize, default: usize) -> Result<usize, Fault> {
        let Some(value) = self.one(key)? else { return Ok(default) };
        match value.trim().parse::<usize>() {
            Ok(n) if (least..=most).contains(&n) => Ok(n),
            _ => Err(Fault::invalid(format!("`{key}` must be a whole number from {least} to {most}")).at(key)),
        }
    }

    pub(super) fn words<T: FromStr<Err = Fault>>(&self, key: &str) -> Result<Vec<T>, Fault> {
        self.all_of(key).map(|value| value.parse().map_err(|fault: Fault| fault.at(key))).collect()
    }

    /// `offset` and `limit`.
    pub(crate) fn page(&self) -> Result<(usize, usize), Fault> {
        Ok((self.number("offset", 0, DEEPEST, 0)?, self.number("limit", 1, MOST, DEFAULT_LIMIT)?))
    }

    /// A search: `q`, `mode`, filters by facet name, `sort`, `offset`, `limit`, `facets`.
    pub(crate) fn find_request(&self) -> Result<FindRequest, Fault> {
        let mut allowed = vec!["q", "mode", "sort", "recency", "offset", "limit", "facets", "histogram"];
        allowed.extend(Facet::ALL.map(Facet::code));
        self.only(&allowed)?;
        let q = self.one("q")?.unwrap_or_default().to_owned();
        if q.chars().count() > LONGEST_QUERY {
            let message = format!("检索词超过 {LONGEST_QUERY} 个字,请只留要紧的词语再检索");
            return Err(Fault::invalid(message).at("q"));
        }
        let sort = match self.one("sort")? {
            None | Some("relevance") => Sort::Relevance,
            Some("newest") => Sort::Newest,
            Some("oldest") => Sort::Oldest,
            Some(_) => return Err(Fault::invalid("`sort` is one of relevance newest oldest").at("sort")),
        };
        let ignore_recency = match self.one("recency")? {
            None | Some("true") => false,
            Some("false") => true,
            Some(_) => return Err(Fault::invalid("`recency` is true or false").at("recency")),
        };
        let mode = match self.one("mode")? {
            None => Mode::default(),
            Some(code) => Mode::ALL
                .into_iter()
                .find(|m| m.code() == code)
                .ok_or_else(|| Fault::invalid("`mode` is one of bm25 vector hybrid").at("mode"))?,
        };
        let (offset, limit) = self.page()?;
        let filters = Facet::ALL
            .into_iter()
            .flat_map(|facet| self.all_of(facet.code()).map(move |value| (facet, value.to_owned())).collect::<Vec<_>>())
            .collect();
        let count = self.all_of("facets").flat_map(|list| list.split(',')).map(countable).collect::<Result<_, _>>()?;
        let over_time = match self.one("histogram")? {
            None => None,
            Some(code) => Some(
                Interval::ALL
                    .into_iter()
                    .find(|i| i.code() == code)
                    .ok_or_else(|| Fault::invalid("`histogram` is one of auto hour day week month").at("histogram"))?,
            ),
        };
        Ok(FindRequest { q, filters, mode, sort, ignore_recency, offset, limit, count, over_time })
    }

    /// Suggestions while typing: `q` and `limit`.
    pub(crate) fn typed_so_far(&self) -> Result<(String, usize), Fault> {
        self.only(&["q", "limit"])?;
        Ok((self.one("q")?.unwrap_or_default().to_owned(), self.number("limit", 1, 20, 8)?))
    }

    /// Alerts: `unread`, `search`, `before` and `limit`.
    pub(crate) fn alert_filter(&self) -> Result<(AlertFilter, usize), Fault> {
        self.only(&["unread", "search", "before", "limit"])?;
        let whole = |key| {
            self.one(key)?
                .map(|v| {
                    v.parse::<i64>().map_err(|_| Fault::invalid(format!("`{key}` must be a whole number")).at(key))
                })
                .transpose()
        };
        let unread = match self.one("unread")? {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Fault::invalid("`unread` is true or false").at("unread")),
        };
        let filter = AlertFilter { search: whole("search")?, unread, before: whole("before")? };
        Ok((filter, self.number("limit", 1, MOST, DEFAULT_LIMIT)?))
    }

    /// A file: `format`, named tickets or the filters of a list.
    pub(crate) fn export(&self) -> Result<(Form, Vec<String>, TicketFilter), Fault> {
        let form = match self.one("format")? {
            Some("csv") => Form::Csv,
            Some("xlsx") => Form::Xlsx,
            _ => return Err(Fault::invalid("`format` is csv or xlsx").at("format")),
        };
        let rest = self.0.iter().filter(|(key, _)| !matches!(key.as_str(), "format" | "id"));
        let filter = Pairs(rest.cloned().collect()).ticket_filter()?;
        Ok((form, self.all_of("id").map(str::to_owned).collect(), filter))
    }

    /// A list: `status`, `urgency`, `department`, `category`, `district`, `from`, `to`, `assisting`, `view`, `sort`.
    pub(crate) fn ticket_filter(&self) -> Result<TicketFilter, Fault> {
        self.only(&[
            "status",
            "urgency",
            "department",
            "category",
            "district",
            "from",
            "to",
            "assisting",
            "view",
            "sort",
            "offset",
            "limit",
        ])?;
        let by_due = match self.one("sort")? {
            None | Some("newest") => false,
            Some("due") => true,
            Some(_) => return Err(Fault::invalid("`sort` is one of newest due").at("sort")),
        };
        let strings = |key| self.all_of(key).map(str::to_owned).collect();
        let time = |key| self.one(key)?.map(|v| parse_city(v).map_err(|fault| fault.at(key))).transpose();
        Ok(TicketFilter {
            status: self.words("status")?,
            urgency: self.words("urgency")?,
            department: strings("department"),
            category: strings("category"),
            district: strings("district"),
            received: TimeRange { from: time("from")?, to: time("to")? },
            assisting: strings("assisting"),
            standing: self.one("view")?.map(str::parse).transpose()?,
            by_due,
            ..TicketFilter::default()
        })
    }
}

fn countable(code: &str) -> Result<Facet, Fault> {
    Facet::ALL.into_iter().find(|facet| facet.code() == code.trim() && *facet != Facet::Caller).ok_or_else(|| {
        let shown: String = code.chars().take(40).collect();
        let known: Vec<&str> = Facet::ALL.into_iter().filter(|f| *f != Facet::Caller).map(Facet::code).collect();
        Fault::invalid(format!("unknown facet `{shown}`: one of {}", known.join(" "))).at("facets")
    })
}
