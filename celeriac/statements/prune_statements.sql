-- Texts that no kept window can name (last_seen lags by an hour at most), and the oldest beyond the most that are kept.
-- One that runs again is asked from the server again; those of the newest window, which always stays, stay too.
DELETE FROM celeriac.statement
WHERE target = :target
    AND (
        last_seen < clock_timestamp() - CAST(:keep AS interval) - interval '1 day'
        OR fingerprint IN (
            SELECT fingerprint FROM celeriac.statement WHERE target = :target ORDER BY last_seen DESC OFFSET :max_texts
        )
    )
    AND fingerprint NOT IN (
        SELECT fingerprint
        FROM celeriac.window_statement
        WHERE window_id = (SELECT max(id) FROM celeriac.statement_window WHERE target = :target)
    );
