SELECT (SELECT COALESCE(MAX(seq), 0) FROM changes) AS seq, (SELECT COALESCE(MAX(id), 0) FROM suggestions) AS suggestion
