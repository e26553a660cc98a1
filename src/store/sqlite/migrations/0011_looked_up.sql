-- What is asked of long tables again and again. The audit by person, by action and by time, newest first.
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_actor ON audit (actor, at);
CREATE INDEX audit_by_action ON audit (action, at);

-- The last line of each alarm's history: most alarms there have ever been are closed, and only the open ones are
-- looked at.
CREATE TABLE alarm_heads (
    stream TEXT   PRIMARY KEY,
    line   BIGINT NOT NULL REFERENCES alarms (id),
    -- 1 while the alarm is open
    open   BIGINT NOT NULL
);
CREATE INDEX alarm_heads_open ON alarm_heads (line) WHERE open = 1;
INSERT INTO alarm_heads (stream, line, open)
    SELECT stream, id, change <> 'closed' FROM alarms
    WHERE id IN (SELECT MAX(id) FROM alarms GROUP BY stream);
