SELECT s.id, s.owner, s.name, s.created_at, s.after_seq, s.version, s.record_json,
       (SELECT COUNT(*) FROM alerts a WHERE a.search = s.id) AS alerts,
       (SELECT COUNT(*) FROM alerts a WHERE a.search = s.id AND a.read_at IS NULL) AS unread
FROM kept_searches s WHERE ($1 IS NULL OR s.owner = $1) ORDER BY s.id
