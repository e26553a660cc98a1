INSERT INTO ticket_numbers (day, last) VALUES ($1, $2) ON CONFLICT (day) DO UPDATE SET last = excluded.last
