"""A ledger with some history in it: changes in several states, and windows of a few statements."""

import orjson
from sqlalchemy import Connection, text

from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy
from config.database import ledger

CHANGES = text("""
    INSERT INTO celeriac.change (target, kind, state, schema_name, table_name, index_name, identity, definition, ddl,
        undo_ddl, origin, reason, promised, evidence, actor, size_bytes_estimated)
    SELECT 'main', 'build', state, 'public', CASE WHEN n % 2 = 0 THEN 'jobs' ELSE 'users' END, 'celeriac_' || n,
        'identity ' || n, '{}', 'CREATE INDEX CONCURRENTLY ON jobs (c' || n || ')', 'DROP INDEX CONCURRENTLY i' || n,
        'advisor', 'it saves a scan', '{"saving_ms_per_hour": 1000, "fingerprints": ["f1"], "sureness": "planner"}',
        CASE WHEN state = 'kept'
             THEN '{"saved_ms_per_hour": 500, "reason": "measured", "statements": [{"fingerprint": "f2"}]}'
             ELSE '{}' END::jsonb,
        'test', 8192
    FROM (SELECT n, (ARRAY['proposed', 'kept', 'reverted'])[n % 3 + 1] AS state FROM generate_series(1, :count) n) s
""")
STATEMENTS = text("""
    INSERT INTO celeriac.statement (target, fingerprint, role, text)
    SELECT 'main', 'f' || n, 'app', 'SELECT * FROM jobs WHERE c' || n || ' = $1' FROM generate_series(1, :count) n
""")
WINDOWS = text("""
    WITH w AS (
        INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server)
        SELECT 'main', now() - make_interval(mins => n), now() - make_interval(mins => n - 1), true, :server
        FROM generate_series(1, :windows) n RETURNING id
    )
    INSERT INTO celeriac.window_statement (window_id, fingerprint, calls, total_ms, square_ms2, rows,
        shared_hit_blocks, shared_read_blocks, shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms,
        wal_bytes, plan_ms)
    SELECT id, 'f' || n, 10, n * 10, n * n * 10, 100, 90, 10, 0, 0, 0, 0, 0, 0 FROM w, generate_series(1, :count) n
""")


def stock(changes: int = 30, statements: int = 5, windows: int = 4) -> None:
    """Fill the ledger of target main."""
    with ledger() as state:
        fill(state, changes, statements, windows)


def fill(state: Connection, changes: int = 30, statements: int = 5, windows: int = 4) -> None:
    """Fill a ledger behind its first capture, so that the next one can go on from it."""
    capture(state, state, "main", StatementPolicy())
    server = orjson.dumps(state.scalar(text("SELECT server FROM celeriac.statement_window LIMIT 1"))).decode()
    state.execute(CHANGES, {"count": changes})
    state.execute(STATEMENTS, {"count": statements})
    state.execute(WINDOWS, {"count": statements, "windows": windows, "server": server})


RUNS = text("""
    INSERT INTO celeriac.maintenance_run (target, kind, state, schema_name, table_name, table_oid, reason, urgency, ddl,
        actor, before, after, outcome, started_at, ended_at)
    SELECT 'main', CASE WHEN n % 2 = 0 THEN 'analyze' ELSE 'vacuum' END, state, 'public', 't' || n, n,
        'it has ' || n || ' dead rows', n, 'VACUUM (TRUNCATE false) public.t' || n, 'celeriac',
        '{"rows": 1000, "dead": 400, "visible_ratio": 0.25}',
        CASE WHEN state = 'done' THEN '{"rows": 1000, "dead": 0, "visible_ratio": 1.0}' ELSE '{}' END::jsonb,
        CASE WHEN state = 'done' THEN '400 of 400 dead rows are gone' END,
        CASE WHEN state = 'done' THEN now() - interval '3 s' END, CASE WHEN state = 'done' THEN now() END
    FROM (SELECT n, (ARRAY['proposed', 'done', 'rejected'])[n % 3 + 1] AS state FROM generate_series(1, :count) n) s
""")
SET = text("""
    INSERT INTO celeriac.maintenance_run (target, kind, state, schema_name, table_name, table_oid, reason, urgency, ddl,
        undo_ddl, options, before, actor, outcome, started_at, ended_at)
    VALUES ('main', 'settings', 'done', 'public', 'jobs', 'public.jobs'::regclass, 'it grows', 2,
        'ALTER TABLE public.jobs SET (autovacuum_vacuum_scale_factor = 0.01)',
        'ALTER TABLE public.jobs RESET (autovacuum_vacuum_scale_factor)',
        '{"autovacuum_vacuum_scale_factor": "0.01"}', '{"options": {}}', 'celeriac',
        'it has autovacuum_vacuum_scale_factor = 0.01', now(), now())
    RETURNING id
""")


def maintained(count: int = 30) -> None:
    """Fill the ledger of target main with runs, a third of them waiting for a decision."""
    with ledger() as state:
        state.execute(RUNS, {"count": count})


def was_set() -> int:
    """Make a table whose autovacuum setting is ours, and return the run that set it."""
    with ledger() as state:
        state.execute(text("CREATE TABLE public.jobs (id int) WITH (autovacuum_vacuum_scale_factor = 0.01)"))
        return int(state.execute(SET).scalar_one())
