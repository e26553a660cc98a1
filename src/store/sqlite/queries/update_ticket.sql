UPDATE tickets
SET seq = $2, status = $3, triage = $4, appeal_type = $5, category = $6, department = $7, urgency = $8,
    urgency_by_person = $9, labels_json = $10, handling_json = $11, suggestion = COALESCE($12, suggestion)
WHERE id = $1
