SELECT id, kind, issue_year, issue_number, title, window_from, window_to, state, version, hash, author, made_at,
       changed_at
FROM briefs
WHERE $1 IS NULL OR kind = $1
ORDER BY window_to DESC, made_at DESC, id
LIMIT $2 OFFSET $3
