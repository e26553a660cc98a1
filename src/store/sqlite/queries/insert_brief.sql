INSERT INTO briefs (id, kind, subject, window_from, window_to, issue_year, issue_number, title, state, version, hash,
                    author, made_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12, $13)
