INSERT INTO tickets (id, seq, registered_at, received_at, registered_by, channel, status, triage, appeal_type,
                     category, department, urgency, urgency_by_person, district, town, labels_json, handling_json,
                     suggestion)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
