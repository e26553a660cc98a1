UPDATE jobs
SET attempts = attempts + 1, due_at = $3
WHERE id IN (SELECT id FROM jobs WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $4)
RETURNING id, ticket, attempts
