-- What was told of alarms (events, categories at places, keywords): one line for each change, never edited, so that
-- a restart tells nothing twice and nothing is forgotten when the tickets are too old to be looked at.
CREATE TABLE alarms (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    stream      TEXT   NOT NULL,
    told_at     BIGINT NOT NULL,
    -- raised, updated, closed
    change      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    record_json TEXT   NOT NULL
);
CREATE INDEX alarms_by_stream ON alarms (stream, id);
