INSERT INTO idempotency (key, ticket, at) VALUES ($1, $2, $3)
