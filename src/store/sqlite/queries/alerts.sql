SELECT a.id, a.search, a.ticket, a.at, a.read_at FROM alerts a JOIN kept_searches s ON s.id = a.search
WHERE s.owner = $1 AND ($2 IS NULL OR a.search = $2) AND ($3 = 0 OR a.read_at IS NULL)
  AND ($4 IS NULL OR a.id < $4)
ORDER BY a.id DESC LIMIT $5
