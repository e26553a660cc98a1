INSERT INTO decisions (ticket, at, actor, kind, version, record_json) VALUES ($1, $2, $3, $4, $5, $6)
