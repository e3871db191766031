"""What the first user waits for after a restart, with cold buffers and with the hot blocks brought back."""

import time

from sqlalchemy import NullPool, create_engine, func, select
from sqlalchemy.exc import OperationalError

from celeriac.buffers.first_query import first_query
from celeriac.ledger.models.caching import WarmRun
from sandbox.demo.stage import Stage
from sandbox.demo.tell import Teller
from sandbox.postgres import PostgresServer

PROBE = """SELECT j.status, count(*), sum(a.size_bytes) FROM scraping_jobs j JOIN artifacts a ON a.job_id = j.id
            WHERE j.user_id BETWEEN :first AND :last GROUP BY j.status"""
PARAMETERS = {"first": 1, "last": 8}
"""The busiest users: what the API asked for all the time."""
PATIENCE_S = 30.0


def first_queries(postgres: PostgresServer, stage: Stage, teller: Teller) -> dict[str, float]:
    """Restart twice, asking at once the first time and after the scheduled warming the second; milliseconds."""
    with teller.while_("restarting PostgreSQL: the first query, cold"):
        postgres.restart(cold=True)
        cold = _ask(stage)
    with teller.while_("restarting once more: the scheduled task warms first"):
        postgres.restart(cold=True)
        _wait_until_warmed(stage)
        warmed = _ask(stage)
    return {"cold": cold, "warmed": warmed}


def _ask(stage: Stage) -> float:
    engine = create_engine(stage.application_url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return first_query(connection, PROBE, PARAMETERS).ms
    finally:
        engine.dispose()


def _wait_until_warmed(stage: Stage) -> None:
    engine = create_engine(stage.url, poolclass=NullPool)
    since = select(func.pg_postmaster_start_time())
    warmed = select(func.count()).where(WarmRun.kind == "buffers", WarmRun.started_at > since.scalar_subquery())
    deadline = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < deadline:
            try:
                with engine.connect() as connection:
                    if connection.execute(warmed).scalar_one():
                        return
            except OperationalError:  # it is still starting
                pass
            time.sleep(0.3)
    finally:
        engine.dispose()
