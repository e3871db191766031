-- Labels come and go; a series without a value would be looked up for ever. SKIP LOCKED leaves one being written alone.
DELETE FROM celeriac.metric_series
WHERE id IN (
    SELECT s.id
    FROM celeriac.metric_series AS s
    WHERE s.target = :target
      AND NOT EXISTS (SELECT FROM celeriac.metric_sample AS m WHERE m.series_id = s.id)
      AND NOT EXISTS (SELECT FROM celeriac.metric_rollup AS r WHERE r.series_id = s.id)
    FOR UPDATE OF s SKIP LOCKED
);
