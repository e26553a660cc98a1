-- Oversight: what the cockpit counts, which clocks run, and 督办.

-- Facts of the handling, so that they can be counted without reading whole records; a damaged one has none.
ALTER TABLE tickets ADD COLUMN open_now BIGINT GENERATED ALWAYS AS (
    CASE WHEN status IN ('已办结待回访', '已回访', '已归档') THEN 0
         WHEN status = '二次办理' THEN 1
         WHEN json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.closed_at') IS NULL THEN 1
         ELSE 0 END) VIRTUAL;
ALTER TABLE tickets ADD COLUMN sent_text TEXT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.dispatched_at')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN taken_text TEXT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.signed_at')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN returned_times BIGINT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.returned')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN contacted_yes BIGINT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.contacted')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN outcome_said TEXT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.outcome')) VIRTUAL;
ALTER TABLE tickets ADD COLUMN satisfaction_said TEXT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.satisfaction')) VIRTUAL;
-- 有效回访: as the source says, else whoever gave a rating was reached.
ALTER TABLE tickets ADD COLUMN revisited_yes BIGINT GENERATED ALWAYS AS (
    COALESCE(json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.revisited'),
             COALESCE(json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.satisfaction'), '未评价') <> '未评价')) VIRTUAL;

-- What is counted over a window of 来电时间, without touching the tickets themselves. Facts of the handling are not in
-- it: SQLite does not take an index with virtual columns for a covering one, so the tickets of the window are read.
CREATE INDEX tickets_counted ON tickets (received_at, urgency, category, department, district, id);
-- The clocks that run.
CREATE INDEX tickets_running ON tickets (received_at, id) WHERE open_now = 1;

-- 重复: which appeal repeats which earlier one.
ALTER TABLE originals ADD COLUMN repeat_of TEXT GENERATED ALWAYS AS (json_extract(CASE WHEN json_valid(record_json) THEN record_json END, '$.repeat_of')) VIRTUAL;
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
