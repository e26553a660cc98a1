UPDATE brief_runs
SET attempts = attempts + 1, due_at = $2
WHERE id = (SELECT id FROM brief_runs WHERE done = 0 AND due_at <= $1 ORDER BY window_to, id LIMIT 1)
RETURNING id, kind, window_from, window_to, cut_hour, attempts
