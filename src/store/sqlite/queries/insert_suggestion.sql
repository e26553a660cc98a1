INSERT INTO suggestions (ticket, at, actor, model, pack, given_level, record_json)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id
