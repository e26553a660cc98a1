INSERT INTO alerts (search, ticket, at)
SELECT s.id, c.ticket, $3 FROM kept_searches s
JOIN changes c ON c.ticket = $2 AND c.kind = 'received' AND c.seq > s.after_seq
WHERE s.id = $1
ON CONFLICT (search, ticket) DO NOTHING
