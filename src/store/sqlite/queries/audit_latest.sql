SELECT id, at, actor, action, ticket, detail
FROM (SELECT * FROM audit ORDER BY id DESC LIMIT $1) AS latest
ORDER BY id
