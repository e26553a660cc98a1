SELECT t.id, t.seq, t.registered_at, t.received_at, t.registered_by, t.status, t.triage, t.urgency_by_person,
       t.labels_json, t.handling_json, o.version, o.record_json, s.record_json AS suggestion_json
FROM tickets t
JOIN originals o ON o.ticket = t.id
LEFT JOIN suggestions s ON s.id = t.suggestion
