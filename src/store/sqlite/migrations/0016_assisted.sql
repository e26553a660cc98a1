-- 协办: which units assist with which tickets, so that a unit's list needs no look into every record.
CREATE TABLE assisted (
    unit   TEXT NOT NULL,
    ticket TEXT NOT NULL REFERENCES tickets (id),
    PRIMARY KEY (unit, ticket)
) WITHOUT ROWID;
CREATE INDEX assisted_by_ticket ON assisted (ticket);

ALTER TABLE tickets ADD COLUMN assisting_text TEXT GENERATED ALWAYS AS (
    json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.assisting')) VIRTUAL;

INSERT OR IGNORE INTO assisted (unit, ticket)
SELECT j.value, t.id FROM tickets t, json_each(t.assisting_text) j WHERE t.assisting_text <> '[]';

CREATE TRIGGER assisted_at_first AFTER INSERT ON tickets
WHEN NEW.assisting_text IS NOT NULL AND NEW.assisting_text <> '[]'
BEGIN
    INSERT OR IGNORE INTO assisted (unit, ticket) SELECT j.value, NEW.id FROM json_each(NEW.assisting_text) j;
END;
CREATE TRIGGER assisted_anew AFTER UPDATE OF handling_json ON tickets
WHEN OLD.assisting_text IS NOT NEW.assisting_text
BEGIN
    DELETE FROM assisted WHERE ticket = NEW.id;
    INSERT OR IGNORE INTO assisted (unit, ticket)
    SELECT j.value, NEW.id FROM json_each(COALESCE(NEW.assisting_text, '[]')) j;
END;
