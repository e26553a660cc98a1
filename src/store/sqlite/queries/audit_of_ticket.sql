SELECT id, at, actor, action, ticket, detail
FROM (SELECT * FROM audit WHERE ticket = $1 ORDER BY id DESC LIMIT $2) AS latest
ORDER BY id
