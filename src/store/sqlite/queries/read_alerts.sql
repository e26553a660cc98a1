UPDATE alerts SET read_at = $4 WHERE read_at IS NULL AND id <= $3
  AND search IN (SELECT id FROM kept_searches WHERE owner = $1 AND ($2 IS NULL OR id = $2))
