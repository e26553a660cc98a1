
ON CONFLICT (id) DO UPDATE
SET seq = excluded.seq, status = excluded.status, triage = excluded.triage, appeal_type = excluded.appeal_type,
    category = excluded.category, department = excluded.department, urgency = excluded.urgency,
    urgency_by_person = excluded.urgency_by_person, labels_json = excluded.labels_json,
    handling_json = excluded.handling_json, suggestion = COALESCE(excluded.suggestion, tickets.suggestion)
