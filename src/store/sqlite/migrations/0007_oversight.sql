-- Oversight: what the cockpit counts, which clocks run, and 督办.

-- Facts of the handling, so that they can be counted without reading whole records.
ALTER TABLE tickets ADD COLUMN open_now BIGINT GENERATED ALWAYS AS (
    CASE WHEN status IN ('已办结待回访', '已回访', '已归档') THEN 0
         WHEN status = '二次办理' THEN 1
         WHEN json_extract(handling_json, '$.closed_at') IS NULL THEN 1
         ELSE 0 END) VIRTUAL;
ALTER TABLE tickets ADD COLUMN sent_text TEXT GENERATED ALWAYS AS (json_extract(handling_json, '$.dispatched_at')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN taken_text TEXT GENERATED ALWAYS AS (json_extract(handling_json, '$.signed_at')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN returned_times BIGINT GENERATED ALWAYS AS (json_extract(handling_json, '$.returned')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN contacted_yes BIGINT GENERATED ALWAYS AS (json_extract(handling_json, '$.contacted')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN outcome_said TEXT GENERATED ALWAYS AS (json_extract(handling_json, '$.outcome')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN satisfaction_said TEXT GENERATED ALWAYS AS (json_extract(handling_json, '$.satisfaction')) VIRTUAL;
-- 有效回访: as the source says, else whoever gave a rating was reached.
ALTER TABLE tickets ADD COLUMN revisited_yes BIGINT GENERATED ALWAYS AS (
    COALESCE(json_extract(handling_json, '$.revisited'),
             COALESCE(json_extract(handling_json, '$.satisfaction'), '未评价') <> '未评价')) VIRTUAL;

-- All that is counted over a window of 来电时间, without touching the tickets themselves.
CREATE INDEX tickets_counted ON tickets (received_at, urgency, category, department, district, open_now, revisited_yes,
    contacted_yes, outcome_said, satisfaction_said, id);
-- The clocks that run.
CREATE INDEX tickets_running ON tickets (received_at, id, urgency, appeal_type, category, department, district, status,
    sent_text, taken_text, due_text, returned_times, contacted_yes) WHERE open_now = 1;

-- 重复: which appeal repeats which earlier one.
ALTER TABLE originals ADD COLUMN repeat_of TEXT GENERATED ALWAYS AS (json_extract(record_json, '$.repeat_of')) VIRTUAL;
CREATE INDEX originals_repeating ON originals (ticket, repeat_of) WHERE repeat_of IS NOT NULL;
CREATE INDEX originals_repeated ON originals (repeat_of, ticket) WHERE repeat_of IS NOT NULL;

-- 督办: a unit is told to settle a ticket by a time. Kept for ever; a closed one is never opened again.
CREATE TABLE oversight_orders (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket     TEXT   NOT NULL REFERENCES tickets (id),
    department TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    due_at     BIGINT NOT NULL,
    issued_by  TEXT   NOT NULL,
    issued_at  BIGINT NOT NULL,
    closed_by  TEXT,
    closed_at  BIGINT,
    result     TEXT
);
CREATE INDEX oversight_orders_by_ticket ON oversight_orders (ticket, id);
CREATE INDEX oversight_orders_open ON oversight_orders (due_at, id) WHERE closed_at IS NULL;
CREATE TRIGGER oversight_orders_close_once BEFORE UPDATE ON oversight_orders WHEN OLD.closed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an order that is closed is never changed');
END;
