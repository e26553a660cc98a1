-- What a language model on the local network made of a section of a brief. Kept, so that a person accepts
-- the very words that were checked and shown.
CREATE TABLE brief_rephrasings (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    brief       TEXT   NOT NULL REFERENCES briefs (id),
    version     BIGINT NOT NULL,
    section     TEXT   NOT NULL,
    model       TEXT   NOT NULL,
    asked_by    TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    -- [[place, words with tokens], …]
    places_json TEXT   NOT NULL,
    -- The version that it became; null until somebody accepts it.
    accepted    BIGINT
);
CREATE INDEX rephrasings_by_brief ON brief_rephrasings (brief, id);
