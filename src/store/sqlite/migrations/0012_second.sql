-- 只投诉一次: what was taken up again, or has a promised day. Few of all tickets, so they have an index of their own.
ALTER TABLE tickets ADD COLUMN second_yes BIGINT GENERATED ALWAYS AS (
    CASE WHEN status = '二次办理' THEN 1
         WHEN json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.promised') IS NOT NULL THEN 1
         WHEN json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.rounds') IS NOT NULL THEN 1
         ELSE 0 END) VIRTUAL;
CREATE INDEX tickets_second ON tickets (received_at, id) WHERE second_yes = 1;
