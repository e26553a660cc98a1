INSERT INTO changes (ticket, kind, at) VALUES ($1, $2, $3) RETURNING seq
