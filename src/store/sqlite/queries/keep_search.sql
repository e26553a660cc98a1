INSERT INTO kept_searches (owner, name, created_at, after_seq, version, record_json)
SELECT $1, $2, $3, (SELECT COALESCE(MAX(seq), 0) FROM changes), $4, $5
WHERE (SELECT COUNT(*) FROM kept_searches WHERE owner = $1) < $6
ON CONFLICT (owner, name) DO NOTHING RETURNING id
