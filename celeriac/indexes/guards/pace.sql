-- The blast radius: what was begun on this target within a day and within a week, the change in question apart.
SELECT count(*) FILTER (WHERE build_started_at > clock_timestamp() - interval '1 day') AS changes_in_a_day,
       coalesce(sum(coalesce(size_bytes, size_bytes_estimated, 0)) FILTER (WHERE kind <> 'drop'), 0)::bigint AS bytes_in_a_week
FROM celeriac.change
WHERE target = :target
  AND id <> :change_id
  AND build_started_at > clock_timestamp() - interval '7 days'
