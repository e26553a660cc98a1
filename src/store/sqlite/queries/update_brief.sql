UPDATE briefs
SET title = $2, state = $3, version = $4, hash = $5, author = $6, changed_at = $7
WHERE id = $1 AND hash = $8 AND version = $4 - 1
