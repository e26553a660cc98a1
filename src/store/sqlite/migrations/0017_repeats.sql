-- 重复 as it stands: what intake said, until a person says otherwise. The original keeps what was said first.
CREATE TABLE repeats (
    ticket    TEXT NOT NULL PRIMARY KEY,
    repeat_of TEXT NOT NULL
) WITHOUT ROWID;

INSERT INTO repeats (ticket, repeat_of) SELECT ticket, repeat_of FROM originals WHERE repeat_of IS NOT NULL;
CREATE INDEX repeats_of ON repeats (repeat_of, ticket);
DROP INDEX originals_repeating;
DROP INDEX originals_repeated;

ALTER TABLE tickets ADD COLUMN repeat_text TEXT GENERATED ALWAYS AS (
    json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.repeat')) VIRTUAL;

CREATE TRIGGER repeats_at_first AFTER INSERT ON originals WHEN NEW.repeat_of IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO repeats (ticket, repeat_of) VALUES (NEW.ticket, NEW.repeat_of);
END;
CREATE TRIGGER repeats_anew AFTER UPDATE OF handling_json ON tickets WHEN OLD.repeat_text IS NOT NEW.repeat_text
BEGIN
    DELETE FROM repeats WHERE ticket = NEW.id;
    INSERT INTO repeats (ticket, repeat_of)
    SELECT o.ticket, CASE WHEN NEW.repeat_text IS NULL THEN o.repeat_of
                          ELSE json_extract(NEW.handling_json, '$.repeat.of') END
    FROM originals o
    WHERE o.ticket = NEW.id
      AND CASE WHEN NEW.repeat_text IS NULL THEN o.repeat_of
               ELSE json_extract(NEW.handling_json, '$.repeat.of') END IS NOT NULL;
END;
