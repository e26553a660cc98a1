//! Databases as peers: SQLite's FTS5 inside this process, PostgreSQL through its own `psql`.

use std::{
    io::Write,
    process::{Command, Stdio},
    str::FromStr,
};

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::text::Segmenter;

use super::{
    SearchEvalError, Task,
    systems::{BEST, line, tokens},
};

/// SQLite FTS5 with the trigram tokenizer: OR over all trigrams of the query, BM25, a title counting
/// twice.
pub(super) struct Fts5 {
    connection: SqliteConnection,
    runtime: tokio::runtime::Runtime,
}

impl Fts5 {
    pub(super) fn of(task: &Task) -> Result<Self, SearchEvalError> {
        let fault = |e: sqlx::Error| SearchEvalError::System("SQLite", e.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| SearchEvalError::System("SQLite", e.to_string()))?;
        let connection = runtime.block_on(async {
            let mut connection =
                SqliteConnectOptions::from_str("sqlite::memory:").map_err(fault)?.connect().await.map_err(fault)?;
            sqlx::query("CREATE VIRTUAL TABLE d USING fts5(title, text, tokenize = 'trigram')")
                .execute(&mut connection)
                .await
                .map_err(fault)?;
            let mut transaction = connection.begin().await.map_err(fault)?;
            for (n, doc) in task.docs.iter().enumerate() {
                sqlx::query("INSERT INTO d (rowid, title, text) VALUES (?, ?, ?)")
                    .bind(n as i64)
                    .bind(&doc.title)
                    .bind(&doc.text)
                    .execute(&mut *transaction)
                    .await
                    .map_err(fault)?;
            }
            transaction.commit().await.map_err(fault)?;
            Ok::<_, SearchEvalError>(connection)
        })?;
        Ok(Self { connection, runtime })
    }

    pub(super) fn ask(&mut self, typed: &str) -> Result<Vec<usize>, SearchEvalError> {
        let chars: Vec<char> = typed.chars().filter(|c| !c.is_whitespace() && *c != '"' && *c != '\0').collect();
        let mut pieces: Vec<String> =
            chars.windows(3).map(|w| format!("\"{}\"", w.iter().collect::<String>())).collect();
        pieces.sort_unstable();
        pieces.dedup();
        if pieces.is_empty() {
            return Ok(Vec::new());
        }
        let asked = sqlx::query("SELECT rowid FROM d WHERE d MATCH ? ORDER BY bm25(d, 2.0, 1.0) LIMIT ?")
            .bind(pieces.join(" OR "))
            .bind(BEST as i64)
            .fetch_all(&mut self.connection);
        let rows = self.runtime.block_on(asked).map_err(|e| SearchEvalError::System("SQLite", e.to_string()))?;
        Ok(rows.iter().map(|r| r.get::<i64, _>(0) as usize).collect())
    }
}

/// PostgreSQL: `simple` configuration over the same jieba tokens, GIN, OR, `ts_rank` by document length.
/// All queries in one session; the time is that of the whole session.
pub(super) fn postgres(
    url: &str,
    task: &Task,
    asked: &[&str],
    segmenter: &Segmenter,
) -> Result<Vec<Vec<usize>>, SearchEvalError> {
    let mut script = String::from(
        "SET client_min_messages = warning;\nCREATE TEMP TABLE d (n int, v tsvector);\nCREATE TEMP TABLE t (n int, w text);\nCOPY t FROM STDIN;\n",
    );
    for (n, doc) in task.docs.iter().enumerate() {
        let words = line(doc, segmenter).replace('\\', " ");
        script.push_str(&format!("{n}\t{words}\n"));
    }
    script.push_str(
        "\\.\nINSERT INTO d SELECT n, to_tsvector('simple', w) FROM t;\nCREATE INDEX ON d USING gin (v);\nANALYZE d;\n",
    );
    for (n, typed) in asked.iter().enumerate() {
        let mut words = tokens(typed, segmenter);
        words.sort_unstable();
        words.dedup();
        let quoted: Vec<String> = words.iter().map(|w| format!("'{}'", w.replace(['\'', '\\'], ""))).collect();
        let query = quoted.into_iter().filter(|w| w.len() > 2).collect::<Vec<_>>().join(" | ").replace('\'', "''");
        script.push_str(&format!(
            "SELECT {n}, n FROM d, to_tsquery('simple', '{query}') q WHERE v @@ q ORDER BY ts_rank(v, q, 1) DESC, n LIMIT {BEST};\n"
        ));
    }
    let fault = |why: String| SearchEvalError::System("PostgreSQL", why);
    let mut psql = Command::new("psql")
        .args(["-X", "-q", "-A", "-t", "-F", " ", "-v", "ON_ERROR_STOP=1", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| fault(format!("psql cannot be started: {e}")))?;
    let input = psql.stdin.take();
    let writer = std::thread::spawn(move || input.map(|mut i| i.write_all(script.as_bytes())));
    let out = psql.wait_with_output().map_err(|e| fault(e.to_string()))?;
    let _ = writer.join();
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        return Err(fault(said.lines().next().unwrap_or("psql failed").to_owned()));
    }
    let mut found = vec![Vec::new(); asked.len()];
    for row in String::from_utf8_lossy(&out.stdout).lines() {
        if let Some((query, doc)) = row.split_once(' ')
            && let (Ok(query), Ok(doc)) = (query.parse::<usize>(), doc.parse())
            && let Some(list) = found.get_mut(query)
        {
            list.push(doc);
        }
    }
    Ok(found)
}
