-- 签收准确率 is counted over long windows: what was signed, and what of it was sent back.
ALTER TABLE tickets ADD COLUMN taken_yes BIGINT GENERATED ALWAYS AS (
    CASE WHEN json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.signed_at') IS NULL THEN 0
         ELSE 1 END) VIRTUAL;
CREATE INDEX tickets_signed ON tickets (received_at, department) WHERE taken_yes = 1;
CREATE INDEX tickets_sent_back ON tickets (received_at, department) WHERE returned_times > 0;
