SELECT t.id, t.received_at, t.status, t.channel, t.appeal_type, t.category, t.department, t.urgency, t.district, t.town,
       t.handling_json, o.version, o.record_json
FROM tickets t
JOIN originals o ON o.ticket = t.id
WHERE 