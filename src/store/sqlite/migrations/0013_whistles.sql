-- 吹哨报到: whether units were called to a ticket.
ALTER TABLE tickets ADD COLUMN called_yes BIGINT GENERATED ALWAYS AS (
    CASE WHEN json_extract(CASE WHEN json_valid(handling_json) THEN handling_json END, '$.whistles') IS NOT NULL THEN 1
         ELSE 0 END) VIRTUAL;
