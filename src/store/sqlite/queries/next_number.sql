INSERT INTO ticket_numbers (day, last) VALUES ($1, 1)
ON CONFLICT (day) DO UPDATE SET last = ticket_numbers.last + 1
RETURNING last
