//! Other engines with the same appeals.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use sqlx::{Connection, Executor, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tingsu::search::{Facet, IndexDoc};

use super::scale::Asked;

/// What is counted, as columns.
pub(crate) const COUNTED: [(&str, Facet); 5] = [
    ("level1", Facet::Level1),
    ("category", Facet::Category),
    ("department", Facet::Department),
    ("district", Facet::District),
    ("urgency", Facet::Urgency),
];

pub(crate) trait Peer: Sync {
    fn name(&self) -> &'static str;
    fn add(&mut self, docs: &[IndexDoc], words: &[String]);
    fn finish(&mut self);
    fn connect(&mut self, clients: usize);
    /// Ten best hits with highlights, and counts of five facets.
    fn ask(&self, client: usize, asked: &Asked) -> Duration;
    fn size_mb(&self) -> f64;
}

pub(crate) fn facet(doc: &IndexDoc, facet: Facet) -> &str {
    doc.facets.get(&facet).map_or("", String::as_str)
}

/// FTS5 over the words, `bm25()`, `snippet()`, counts by a table beside it.
pub(crate) struct Sqlite {
    dir: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    writer: Option<SqliteConnection>,
    readers: Vec<Mutex<SqliteConnection>>,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = SqliteConnectOptions::new().filename(dir.path().join("fts.db")).create_if_missing(true);
        let writer = runtime.block_on(async {
            let mut db = SqliteConnection::connect_with(&options).await.unwrap();
            db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;").await.unwrap();
            db.execute("CREATE VIRTUAL TABLE words USING fts5(said, tokenize='unicode61')").await.unwrap();
            let columns: Vec<&str> = COUNTED.iter().map(|(name, _)| *name).collect();
            let table = format!("CREATE TABLE facts (id INTEGER PRIMARY KEY, {})", columns.join(","));
            db.execute(sqlx::AssertSqlSafe(table)).await.unwrap();
            db
        });
        Self { dir, runtime, writer: Some(writer), readers: Vec::new() }
    }
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite FTS5"
    }

    fn add(&mut self, docs: &[IndexDoc], words: &[String]) {
        let Some(db) = self.writer.as_mut() else { return };
        self.runtime.block_on(async {
            let mut all = db.begin().await.unwrap();
            for (doc, words) in docs.iter().zip(words) {
                let insert = sqlx::query("INSERT INTO words (rowid, said) VALUES (?, ?)").bind(doc.seq).bind(words);
                insert.execute(&mut *all).await.unwrap();
                let mut insert = sqlx::query("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)").bind(doc.seq);
                for (_, counted) in COUNTED {
                    insert = insert.bind(facet(doc, counted));
                }
                insert.execute(&mut *all).await.unwrap();
            }
            all.commit().await.unwrap();
        });
    }

    fn finish(&mut self) {
        if let Some(mut db) = self.writer.take() {
            self.runtime.block_on(async {
                db.execute("INSERT INTO words(words) VALUES('optimize'); PRAGMA wal_checkpoint(TRUNCATE);")
                    .await
                    .unwrap();
                db.close().await.unwrap();
            });
        }
    }

    fn connect(&mut self, clients: usize) {
        let options = SqliteConnectOptions::new().filename(self.dir.path().join("fts.db")).read_only(true);
        self.readers = (0..clients)
            .map(|_| Mutex::new(self.runtime.block_on(SqliteConnection::connect_with(&options)).unwrap()))
            .collect();
    }

    fn ask(&self, client: usize, asked: &Asked) -> Duration {
        let wanted: Vec<String> = asked.words.iter().map(|w| format!("\"{}\"", w.replace('"', ""))).collect();
        let wanted = wanted.join(" AND ");
        let within = if asked.district.is_some() { "AND facts.district = ?2" } else { "" };
        let from = format!("FROM words JOIN facts ON facts.id = words.rowid WHERE words MATCH ?1 {within}");
        let best =
            format!("SELECT words.rowid, snippet(words, 0, '[', ']', '…', 30) {from} ORDER BY bm25(words) LIMIT 10");
        let mut queries = vec![best];
        queries.extend(COUNTED.iter().map(|(name, _)| format!("SELECT facts.{name}, count(*) {from} GROUP BY 1")));
        let mut db = self.readers[client].lock().unwrap();
        let started = Instant::now();
        self.runtime.block_on(async {
            for query in queries {
                let mut query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(&wanted);
                if let Some(district) = &asked.district {
                    query = query.bind(district);
                }
                let rows = query.fetch_all(&mut *db).await.unwrap();
                std::hint::black_box(rows.iter().map(|r| r.len()).sum::<usize>());
            }
        });
        started.elapsed()
    }

    fn size_mb(&self) -> f64 {
        std::fs::metadata(self.dir.path().join("fts.db")).unwrap().len() as f64 / 1e6
    }
}

/// A `tsvector` of the words with a GIN index, `ts_rank_cd`, `ts_headline`; asked through `psql`.
pub(crate) struct Postgres {
    url: String,
    readers: Vec<Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>>,
}

impl Postgres {
    /// The database of `TINGSU_EVAL_POSTGRES`; a schema `tingsu_bench` is made and dropped there.
    pub(crate) fn new() -> Option<Self> {
        let Ok(url) = std::env::var("TINGSU_EVAL_POSTGRES") else {
            println!("PostgreSQL is left out: TINGSU_EVAL_POSTGRES names no database");
            return None;
        };
        let peer = Self { url, readers: Vec::new() };
        let columns: Vec<String> = COUNTED.iter().map(|(name, _)| format!("{name} text")).collect();
        peer.run(&format!(
            "DROP SCHEMA IF EXISTS tingsu_bench CASCADE; CREATE SCHEMA tingsu_bench; \
             CREATE UNLOGGED TABLE tingsu_bench.appeals (id bigint, words text, {});",
            columns.join(", ")
        ));
        Some(peer)
    }

    fn psql(&self) -> Command {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", &self.url]);
        psql
    }

    fn run(&self, sql: &str) {
        let mut psql = self.psql().stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        psql.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        assert!(psql.wait().unwrap().success(), "psql did not take what it was given");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.readers.clear();
        self.run("DROP SCHEMA IF EXISTS tingsu_bench CASCADE;");
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Peer for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL GIN"
    }

    fn add(&mut self, docs: &[IndexDoc], words: &[String]) {
        let mut sql = String::from("COPY tingsu_bench.appeals FROM STDIN;\n");
        for (doc, words) in docs.iter().zip(words) {
            let facets: Vec<&str> = COUNTED.iter().map(|(_, f)| facet(doc, *f)).collect();
            sql.push_str(&format!("{}\t{}\t{}\n", doc.seq, words.replace(['\\', '\t'], " "), facets.join("\t")));
        }
        sql.push_str("\\.\n");
        self.run(&sql);
    }

    fn finish(&mut self) {
        self.run(
            "ALTER TABLE tingsu_bench.appeals ADD COLUMN v tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED; \
             CREATE INDEX ON tingsu_bench.appeals USING gin (v); VACUUM ANALYZE tingsu_bench.appeals;",
        );
    }

    fn connect(&mut self, clients: usize) {
        let open = |_| {
            let mut psql = self.psql().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let (mut to, from) = (psql.stdin.take().unwrap(), BufReader::new(psql.stdout.take().unwrap()));
            to.write_all(b"SET max_parallel_workers_per_gather = 0;\n").unwrap();
            Mutex::new((psql, to, from))
        };
        self.readers = (0..clients).map(open).collect();
    }

    fn ask(&self, client: usize, asked: &Asked) -> Duration {
        let wanted: Vec<String> = asked.words.iter().map(|w| format!("'{}'", w.replace('\'', ""))).collect();
        let wanted = format!("to_tsquery('simple', {})", quoted(&wanted.join(" & ")));
        let within = asked.district.as_ref().map_or(String::new(), |d| format!("AND district = {}", quoted(d)));
        let from = format!("FROM tingsu_bench.appeals WHERE v @@ {wanted} {within}");
        let mut sql = format!(
            "SELECT id, ts_headline('simple', words, {wanted}, 'MaxFragments=3') FROM (SELECT id, words {from} \
             ORDER BY ts_rank_cd(v, {wanted}) DESC LIMIT 10) best;\n"
        );
        for (name, _) in COUNTED {
            sql.push_str(&format!("SELECT {name}, count(*) {from} GROUP BY 1;\n"));
        }
        sql.push_str("\\echo end-of-answer\n");
        let mut reader = self.readers[client].lock().unwrap();
        let (_, to, answers) = &mut *reader;
        let started = Instant::now();
        to.write_all(sql.as_bytes()).unwrap();
        to.flush().unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            assert!(answers.read_line(&mut line).unwrap() > 0, "psql went away");
            if line.trim_end() == "end-of-answer" {
                return started.elapsed();
            }
        }
    }

    fn size_mb(&self) -> f64 {
        let size = "SELECT pg_total_relation_size('tingsu_bench.appeals')";
        let out = self.psql().args(["--command", size]).output().unwrap();
        String::from_utf8_lossy(&out.stdout).trim().parse::<f64>().unwrap_or(0.0) / 1e6
    }
}
