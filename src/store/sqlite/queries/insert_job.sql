INSERT INTO jobs (kind, ticket, attempts, due_at) VALUES ($1, $2, 0, $3)
