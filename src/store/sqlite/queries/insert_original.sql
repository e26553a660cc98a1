INSERT INTO originals (ticket, version, fingerprint, record_json) VALUES ($1, $2, $3, $4)
