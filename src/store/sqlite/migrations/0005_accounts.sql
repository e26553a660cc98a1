-- Who may act: people, their sessions, programs' keys, failed logins; and the seal of the audit.

CREATE TABLE users (
    name        TEXT   NOT NULL PRIMARY KEY,
    person      TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    reach_json  TEXT   NOT NULL,
    -- Argon2id in PHC form; never the password.
    password    TEXT   NOT NULL,
    must_change BIGINT NOT NULL,
    disabled    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    password_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Hash of the cookie's token; the token itself is nowhere.
    hash       TEXT   NOT NULL UNIQUE,
    user       TEXT   NOT NULL REFERENCES users (name),
    csrf       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address    TEXT   NOT NULL,
    agent      TEXT   NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user, id);

CREATE TABLE api_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    reach_json TEXT   NOT NULL,
    rights     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    used_at    BIGINT
);
-- A key that was taken back leaves its name to the next.
CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_at IS NULL;

-- Subject is an account or an address, with its kind in front.
CREATE TABLE login_failures (
    subject TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX login_failures_by_subject ON login_failures (subject, at);

-- Each audit line is sealed with the one before it. Lines of before this step are sealed when the
-- database is opened; '' is a line that is not sealed yet.
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- Where the chain ends, so that lines cut off at the end are missed too.
CREATE TABLE audit_head (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    id   BIGINT NOT NULL,
    hash TEXT   NOT NULL,
    -- The last line of before this step: lines that are slipped in later are never sealed.
    old  BIGINT NOT NULL
);
INSERT INTO audit_head (one, id, hash, old) SELECT 1, 0, '', COALESCE(MAX(id), 0) FROM audit;

CREATE TRIGGER audit_is_sealed_once BEFORE UPDATE ON audit WHEN OLD.hash <> ''
BEGIN
    SELECT RAISE(ABORT, 'a line of the audit is never changed');
END;

CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'a line of the audit is never removed');
END;
