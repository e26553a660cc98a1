//! What is not closed, with its clocks, and how often each matter was told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::{QueryBuilder, SqliteConnection, sqlite::SqliteRow};

use super::get;
use crate::{
    domain::{Handling, Status, running},
    store::{
        OpenCase, StoreError, StoreResult,
        record::{from_json, instant},
        sqlite::{
            batch::{ROWS, push_list},
            open::backend,
            read::id_of,
        },
    },
};

const OPEN: &str = "SELECT t.id, t.received_at, t.urgency, t.appeal_type, t.category, t.department, t.district, \
    t.status, t.sent_text, t.taken_text, t.due_text, t.returned_times, t.contacted_yes, t.registered_at, \
    t.assisting_text, json_extract(CASE WHEN json_valid(t.handling_json) THEN t.handling_json END, '$.handler') \
    AS handler_text, \
    CASE WHEN t.second_yes = 1 OR t.called_yes = 1 THEN t.handling_json END AS more_json FROM tickets t \
    WHERE t.open_now = 1 ORDER BY t.received_at, t.id";
/// Pairs of which an open ticket is the later one, or the earlier. CROSS JOIN keeps the order: SQLite would begin
/// with all repeats there ever were (638 ms for a million tickets, of which 2,936 are open; so 1 ms).
const LATER: &str = "SELECT r.ticket, r.repeat_of FROM tickets t CROSS JOIN repeats r ON r.ticket = t.id \
    WHERE t.open_now = 1";
const EARLIER: &str = "SELECT r.ticket, r.repeat_of FROM tickets t CROSS JOIN repeats r ON r.repeat_of = t.id \
    WHERE t.open_now = 1";
/// Steps along a chain of repeats; more are a ring or a mistake.
const DEEPEST: usize = 20;

pub(super) async fn open_cases(db: &mut SqliteConnection) -> StoreResult<Vec<OpenCase>> {
    let rows = sqlx::query(OPEN).fetch_all(&mut *db).await.map_err(backend)?;
    let mut cases = rows.iter().map(case).collect::<StoreResult<Vec<_>>>()?;
    let told = told(db).await?;
    for case in &mut cases {
        case.told = told.get(case.id.as_str()).copied().unwrap_or(1);
    }
    Ok(cases)
}

fn case(row: &SqliteRow) -> StoreResult<OpenCase> {
    let id: String = get(row, "id")?;
    let damaged = || StoreError::Damaged(format!("ticket `{id}`: unknown word in a column"));
    let time = |column: &'static str| {
        let text: Option<String> = get(row, column)?;
        text.map(|text| text.parse::<Timestamp>().map_err(|_| damaged())).transpose()
    };
    let status: Status = get::<String>(row, "status")?.parse().map_err(|_| damaged())?;
    let more: Option<String> = get(row, "more_json")?;
    let more: Handling = more.map(|json| from_json(&json, &format!("ticket `{id}`"))).transpose()?.unwrap_or_default();
    let urgency: Option<String> = get(row, "urgency")?;
    let appeal_type: Option<String> = get(row, "appeal_type")?;
    Ok(OpenCase {
        received_at: instant(get(row, "received_at")?, "a ticket")?,
        urgency: urgency.map(|word| word.parse().map_err(|_| damaged())).transpose()?,
        appeal_type: appeal_type.map(|word| word.parse().map_err(|_| damaged())).transpose()?,
        category: get(row, "category")?,
        department: get(row, "department")?,
        district: get(row, "district")?,
        status,
        dispatched_at: time("sent_text")?,
        signed_at: time("taken_text")?,
        due_at: time("due_text")?,
        returned: get::<Option<i64>>(row, "returned_times")?.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        contacted: get::<Option<i64>>(row, "contacted_yes")?.map(|n| n != 0),
        told: 1,
        promised: more.promised,
        round: running(status, instant(get(row, "registered_at")?, "a ticket")?, &more),
        whistles: more.whistles,
        assisting: match get::<Option<String>>(row, "assisting_text")? {
            Some(list) if list != "[]" => from_json(&list, &format!("ticket `{id}`"))?,
            _ => Vec::new(),
        },
        handler: get(row, "handler_text")?,
        id: id_of(id.clone())?,
    })
}

type Pairs = Vec<(String, String)>;

async fn pairs(db: &mut SqliteConnection, statement: &'static str) -> StoreResult<Pairs> {
    sqlx::query_as(statement).fetch_all(db).await.map_err(backend)
}

async fn pairs_of(
    db: &mut SqliteConnection,
    column: &'static str,
    ids: impl IntoIterator<Item = String>,
) -> StoreResult<Pairs> {
    let mut out = Pairs::new();
    let ids: Vec<String> = ids.into_iter().collect();
    for chunk in ids.chunks(ROWS) {
        let mut query = QueryBuilder::new("SELECT ticket, repeat_of FROM repeats WHERE ");
        query.push(column).push(" IN ");
        push_list(&mut query, chunk.to_vec());
        let found: Pairs = query.build_query_as().persistent(false).fetch_all(&mut *db).await.map_err(backend)?;
        out.extend(found);
    }
    Ok(out)
}

/// How many tickets tell the same matter, for every ticket of a matter of which one is open: repeats are
/// followed to their first and to all that repeat it.
async fn told(db: &mut SqliteConnection) -> StoreResult<BTreeMap<String, u32>> {
    let mut links: BTreeSet<(String, String)> = BTreeSet::new();
    links.extend(pairs(db, LATER).await?);
    links.extend(pairs(db, EARLIER).await?);
    let ends = |links: &BTreeSet<(String, String)>| -> BTreeSet<String> {
        links.iter().flat_map(|(a, b)| [a.clone(), b.clone()]).collect()
    };
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for _ in 0..DEEPEST {
        let new: Vec<String> = ends(&links).difference(&seen).cloned().collect();
        if new.is_empty() {
            break;
        }
        links.extend(pairs_of(db, "ticket", new.clone()).await?);
        links.extend(pairs_of(db, "repeat_of", new.clone()).await?);
        seen.extend(new);
    }
    let names: Vec<String> = ends(&links).into_iter().collect();
    let number: BTreeMap<&str, usize> = names.iter().enumerate().map(|(n, name)| (name.as_str(), n)).collect();
    let mut root: Vec<usize> = (0..names.len()).collect();
    for (later, earlier) in &links {
        let (a, b) = (find(&mut root, number[later.as_str()]), find(&mut root, number[earlier.as_str()]));
        root[a.max(b)] = a.min(b);
    }
    let mut sizes = vec![0_u32; names.len()];
    for n in 0..names.len() {
        let top = find(&mut root, n);
        sizes[top] += 1;
    }
    let all = 0..names.len();
    let size = |n: usize, root: &mut Vec<usize>| sizes[find(root, n)];
    Ok(all.map(|n| (names[n].clone(), size(n, &mut root))).collect())
}

fn find(root: &mut [usize], mut n: usize) -> usize {
    while root[n] != n {
        root[n] = root[root[n]];
        n = root[n];
    }
    n
}
