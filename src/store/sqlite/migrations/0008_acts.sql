-- What people did with tickets after these came in; calls of which several tickets were made; lists that
-- people keep.

CREATE TABLE acts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket      TEXT   NOT NULL REFERENCES tickets (id),
    at          BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    record_json TEXT   NOT NULL
);
CREATE INDEX acts_by_ticket ON acts (ticket, id);

CREATE TRIGGER acts_never_change BEFORE UPDATE ON acts
BEGIN
    SELECT RAISE(ABORT, 'an act on a ticket is never changed');
END;

-- 同一来电: tickets made of one call. The call is named by its first ticket.
CREATE TABLE call_parts (
    ticket TEXT   NOT NULL PRIMARY KEY REFERENCES tickets (id),
    call   TEXT   NOT NULL REFERENCES tickets (id),
    part   BIGINT NOT NULL
);
CREATE UNIQUE INDEX call_parts_by_call ON call_parts (call, part);

-- Filters of the list of tickets, as query strings.
CREATE TABLE kept_lists (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    owner      TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    query      TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX kept_lists_by_name ON kept_lists (owner, name);
