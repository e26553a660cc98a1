-- The truth: tickets and everything that happened to them.
--
-- Plain SQL types that PostgreSQL reads as well: ids are text; instants are BIGINT microseconds
-- since 1970 (UTC); enumerations are their field word; *_json columns are JSON documents as text
-- (escaped, so that even U+0000 in an appeal is kept). Flags are 0 or 1.
--
-- Rows are written parents first. A deferred reference would make SQLite search every child table
-- for each new parent.

-- What came in, exactly, never changed (invariant 6). `fingerprint` is the hash of `record_json`.
CREATE TABLE originals (
    ticket      TEXT    NOT NULL PRIMARY KEY,
    version     BIGINT  NOT NULL,
    fingerprint TEXT    NOT NULL,
    record_json TEXT    NOT NULL
);

CREATE TRIGGER originals_never_change BEFORE UPDATE ON originals
BEGIN
    SELECT RAISE(ABORT, 'the original text of a ticket is never changed');
END;

-- The present state of a ticket. appeal_type to urgency are the *effective* labels, written in
-- the same transaction as labels and suggestion, for filters and lists.
CREATE TABLE tickets (
    id                TEXT   NOT NULL PRIMARY KEY REFERENCES originals (ticket),
    seq               BIGINT NOT NULL,
    registered_at     BIGINT NOT NULL,
    received_at       BIGINT NOT NULL,
    registered_by     TEXT   NOT NULL,
    channel           TEXT   NOT NULL,
    status            TEXT   NOT NULL,
    triage            TEXT   NOT NULL,
    appeal_type       TEXT,
    category          TEXT,
    department        TEXT,
    urgency           TEXT,
    urgency_by_person BIGINT NOT NULL,
    district          TEXT,
    town              TEXT,
    labels_json       TEXT   NOT NULL,
    handling_json     TEXT   NOT NULL,
    -- The latest of `suggestions`; no reference, since each of the two would have to come first.
    suggestion        BIGINT
);
CREATE UNIQUE INDEX tickets_by_seq ON tickets (seq);
CREATE INDEX tickets_by_time ON tickets (received_at DESC, id);
CREATE INDEX tickets_by_status ON tickets (status, received_at DESC, id);
CREATE INDEX tickets_by_urgency ON tickets (urgency, received_at DESC, id);
CREATE INDEX tickets_by_department ON tickets (department, received_at DESC, id);
CREATE INDEX tickets_by_category ON tickets (category, received_at DESC, id);
CREATE INDEX tickets_by_district ON tickets (district, received_at DESC, id);

-- Every suggestion that was ever stored, as it was shown (invariant 5).
CREATE TABLE suggestions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket      TEXT    NOT NULL REFERENCES tickets (id),
    at          BIGINT  NOT NULL,
    actor       TEXT    NOT NULL,
    model       TEXT,
    pack        TEXT    NOT NULL,
    -- The level that the software gave; `record_json` may hold a higher one that stood before.
    given_level TEXT    NOT NULL,
    record_json TEXT    NOT NULL
);
CREATE INDEX suggestions_by_ticket ON suggestions (ticket, id);

-- The change sequence. One writer at a time commits, so a reader never sees a gap that fills later.
CREATE TABLE changes (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket TEXT    NOT NULL REFERENCES tickets (id),
    kind   TEXT    NOT NULL,
    at     BIGINT  NOT NULL
);

-- What people (or raising software) decided, each with the suggestion that it answered.
CREATE TABLE decisions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket      TEXT    NOT NULL REFERENCES tickets (id),
    at          BIGINT  NOT NULL,
    actor       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    version     BIGINT  NOT NULL,
    record_json TEXT    NOT NULL
);
CREATE INDEX decisions_by_ticket ON decisions (ticket, id);

-- Who did what to which ticket. Carries no appeal text.
CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     BIGINT  NOT NULL,
    actor  TEXT    NOT NULL,
    role   TEXT    NOT NULL,
    action TEXT    NOT NULL,
    ticket TEXT,
    detail TEXT    NOT NULL
);
CREATE INDEX audit_by_ticket ON audit (ticket, id);

-- Work that outlives a crash: removed when finished.
CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT    NOT NULL,
    ticket       TEXT    NOT NULL REFERENCES tickets (id),
    attempts     BIGINT  NOT NULL,
    -- Not before this instant: the retry time, or the end of the lease while someone works on it.
    due_at       BIGINT  NOT NULL,
    last_error   TEXT
);
CREATE INDEX jobs_by_due ON jobs (kind, due_at);

-- Keys by which a client repeats a request safely.
CREATE TABLE idempotency (
    key    TEXT   NOT NULL PRIMARY KEY,
    ticket TEXT   NOT NULL REFERENCES tickets (id),
    at     BIGINT NOT NULL
);

-- The last ticket number given on a day (YYYYMMDD, city time).
CREATE TABLE ticket_numbers (
    day  TEXT   NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE notes (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
