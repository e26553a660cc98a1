-- Briefs (简报), version by version, the instructions that leaders gave on them, and the runs that make them.

-- Deadline and end of a ticket, from its handling, so that a window can be laid over them. Written as
-- RFC 3339 in UTC, whose order is the order of time when compared with bounds without the final Z.
ALTER TABLE tickets ADD COLUMN due_text TEXT GENERATED ALWAYS AS (json_extract(handling_json, '$.due_at')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN closed_text TEXT GENERATED ALWAYS AS (json_extract(handling_json, '$.closed_at')) VIRTUAL;
CREATE INDEX tickets_by_due ON tickets (due_text, id) WHERE due_text IS NOT NULL;
CREATE INDEX tickets_by_closed ON tickets (closed_text, id) WHERE closed_text IS NOT NULL;

CREATE TABLE briefs (
    id           TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,
    -- What it is about; empty for daily and weekly.
    subject      TEXT   NOT NULL,
    window_from  BIGINT NOT NULL,
    window_to    BIGINT NOT NULL,
    issue_year   BIGINT NOT NULL,
    issue_number BIGINT NOT NULL,
    title        TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    hash         TEXT   NOT NULL,
    author       TEXT   NOT NULL,
    made_at      BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
-- A brief of a kind, window and subject exists once.
CREATE UNIQUE INDEX briefs_once ON briefs (kind, window_from, window_to, subject);
CREATE UNIQUE INDEX briefs_by_issue ON briefs (kind, issue_year, issue_number);
CREATE INDEX briefs_by_time ON briefs (made_at DESC, id);

-- Every version with its evidence: the JSON document, compressed (zstd).
CREATE TABLE brief_versions (
    brief   TEXT   NOT NULL REFERENCES briefs (id),
    version BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    author  TEXT   NOT NULL,
    state   TEXT   NOT NULL,
    hash    TEXT   NOT NULL,
    schema  BIGINT NOT NULL,
    record  BLOB   NOT NULL,
    PRIMARY KEY (brief, version)
);
CREATE TRIGGER brief_versions_never_change BEFORE UPDATE ON brief_versions
BEGIN
    SELECT RAISE(ABORT, 'a version of a brief is never changed');
END;

-- 批示 and what became of it.
CREATE TABLE brief_instructions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    brief     TEXT   NOT NULL REFERENCES briefs (id),
    leader    TEXT   NOT NULL,
    text      TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    unit      TEXT,
    due_at    BIGINT,
    state     TEXT   NOT NULL
);
CREATE INDEX instructions_by_brief ON brief_instructions (brief, id);
CREATE TABLE brief_instruction_steps (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    instruction BIGINT NOT NULL REFERENCES brief_instructions (id),
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    note        TEXT   NOT NULL
);
CREATE INDEX steps_by_instruction ON brief_instruction_steps (instruction, id);

-- Runs of the schedule: one for each kind and window, whatever happens to the process.
CREATE TABLE brief_runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT   NOT NULL,
    window_from BIGINT NOT NULL,
    window_to   BIGINT NOT NULL,
    cut_hour    BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    -- Not before this instant: the retry time, or the end of the lease while someone works on it.
    due_at      BIGINT NOT NULL,
    done        BIGINT NOT NULL,
    brief       TEXT,
    last_error  TEXT
);
CREATE UNIQUE INDEX brief_runs_once ON brief_runs (kind, window_from, window_to);
CREATE INDEX brief_runs_open ON brief_runs (due_at) WHERE done = 0;
