INSERT INTO audit (at, actor, role, action, ticket, detail) VALUES ($1, $2, $3, $4, $5, $6)
