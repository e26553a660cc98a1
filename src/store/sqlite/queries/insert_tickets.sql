INSERT INTO tickets (id, seq, registered_at, received_at, registered_by, channel, status, triage, appeal_type,
                     category, department, urgency, urgency_by_person, district, town, labels_json, handling_json,
                     suggestion)
