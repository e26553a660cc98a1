-- Searches that people keep, and the tickets that these have told of.

CREATE TABLE kept_searches (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner       TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    -- Tickets that came in after this place of the change sequence are told.
    after_seq   BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    record_json TEXT   NOT NULL
);
CREATE UNIQUE INDEX kept_searches_by_name ON kept_searches (owner, name);

CREATE TABLE alerts (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    search  BIGINT NOT NULL REFERENCES kept_searches (id) ON DELETE CASCADE,
    ticket  TEXT   NOT NULL REFERENCES tickets (id),
    at      BIGINT NOT NULL,
    read_at BIGINT
);
-- A search tells of a ticket once.
CREATE UNIQUE INDEX alerts_once ON alerts (search, ticket);
CREATE INDEX alerts_by_search ON alerts (search, id);
CREATE INDEX alerts_unread ON alerts (search) WHERE read_at IS NULL;

-- When did a ticket come in? One entry a ticket.
CREATE INDEX changes_of_arrival ON changes (ticket) WHERE kind = 'received';
