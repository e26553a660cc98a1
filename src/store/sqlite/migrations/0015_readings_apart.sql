-- Of one ticket there may be thousands of readings and a dozen of changes: each is looked up without the other.
DROP INDEX audit_by_ticket;
CREATE INDEX audit_changes_of_ticket ON audit (ticket, id) WHERE action <> 'read';
CREATE INDEX audit_readings_of_ticket ON audit (ticket, id) WHERE action = 'read';
