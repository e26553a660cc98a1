SELECT id, at, actor, action, ticket, detail
FROM (
    SELECT * FROM (SELECT * FROM audit WHERE ticket = $1 AND action <> 'read' ORDER BY id DESC LIMIT $2)
    UNION ALL
    SELECT * FROM (SELECT * FROM audit WHERE ticket = $1 AND action = 'read' ORDER BY id DESC LIMIT $3)
)
ORDER BY id
