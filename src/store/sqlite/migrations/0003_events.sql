-- What people corrected about events, the lineage of events, and parent tickets.

CREATE TABLE corrections (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    record_json TEXT   NOT NULL,
    undone_at   BIGINT,
    undone_by   TEXT,
    undo_reason TEXT
);
CREATE INDEX corrections_in_force ON corrections (id) WHERE undone_at IS NULL;

-- Events as the last pass found them by itself; an ended one keeps its row.
CREATE TABLE events (
    id          TEXT PRIMARY KEY,
    title       TEXT   NOT NULL,
    present     BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    record_json TEXT   NOT NULL
);
CREATE INDEX events_present ON events (id) WHERE present = 1;

-- What became of events: born, grew, split, merged, ended.
CREATE TABLE event_turns (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    BIGINT NOT NULL,
    event TEXT   NOT NULL,
    fate  TEXT   NOT NULL,
    other TEXT,
    grown BIGINT
);
CREATE INDEX event_turns_of ON event_turns (event, id);

-- Tickets of surging events to which later ones are attached.
CREATE TABLE parents (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket      TEXT   NOT NULL REFERENCES tickets (id),
    event       TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    reply       TEXT,
    replied_by  TEXT,
    replied_at  BIGINT,
    undone_at   BIGINT,
    undone_by   TEXT,
    undo_reason TEXT
);
CREATE INDEX parents_of ON parents (ticket);

CREATE TABLE parent_children (
    parent BIGINT NOT NULL REFERENCES parents (id),
    ticket TEXT   NOT NULL REFERENCES tickets (id),
    at     BIGINT NOT NULL,
    PRIMARY KEY (parent, ticket)
);
CREATE INDEX parent_children_of ON parent_children (ticket);
