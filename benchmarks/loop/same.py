"""A/A: windows of real traffic in which nothing was changed are judged as if an index had come, or gone, between them.

The traffic is that of the scenarios; beside it runs what disturbs a database in use: bursts of load, checkpoints,
vacuums, and whatever else the machine does. A verdict other than "leave it" is a false one.
"""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from benchmarks.loop import helps, hurts
from benchmarks.loop.play import ambient, set_up
from benchmarks.loop.stage import TARGET, Stage, stage
from benchmarks.loop.traffic import traffic
from celeriac.indexes import verdict, verify
from celeriac.indexes.drop import verdict as drop_verdict
from celeriac.indexes.verdict import Case
from celeriac.statements import windows
from celeriac.statements.catalog import read_catalog
from celeriac.statements.statement import Window
from sandbox.postgres import PostgresServer

WINDOWS = 21
SECONDS = 16.0
WORKLOADS = (*helps.SCENARIOS[:6], *helps.SCENARIOS[7:9], *hurts.SCENARIOS[:2])
"""Ten tables, so that twenty pairs of windows are two hundred verifications."""


def same(server: PostgresServer, seed: int) -> tuple[dict[str, Any], Any]:
    """Judge each table in each pair of neighbouring windows."""
    with stage(server, "same") as one:
        set_up(one, (ambient(), *WORKLOADS))
        with traffic(one.dsn, (ambient(), *WORKLOADS), seed), _disturbed(one.dsn, seed):
            measured = _measure(one)
        return _judged(one, measured)


def _measure(one: Stage) -> list[Window]:
    time.sleep(3.0)
    last, taken = one.capture(), []
    for _ in range(WINDOWS):
        time.sleep(SECONDS)
        this = one.capture()
        with one.engine.begin() as ledger:
            window = windows.read(ledger, TARGET, after_id=last, up_to_id=this)
        assert window is not None
        taken.append(window)
        last = this
    return taken


def _judged(one: Stage, measured: list[Window]) -> tuple[dict[str, Any], Any]:
    policy, parse = one.policies.verify, verify.remembering()
    with one.engine.connect() as target:
        catalog = read_catalog(target)
    judged, waited, worse, compared, false = 0, 0, 0, 0, []
    for before, after in itertools.pairwise(measured):
        for scenario in WORKLOADS:
            touched = verify.touching(
                {one.fingerprint: one for window in (before, after) for one in window.statements}.values(),
                "public", scenario.table, catalog, parse,
            )  # fmt: skip
            # Declared: it stays unless it measurably hurts, so that whatever is said against it is false.
            case = Case(before, after, touched, scans=1, elapsed_s=policy.max_duration.total_seconds(), required=True)
            of_build, of_drop = verdict.judge(case, policy), drop_verdict.judge(case, policy)
            judged += 1
            waited += of_build.decision == "wait"
            compared += len(of_build.statements)
            worse += sum(one.finding == "worse" for one in of_build.statements)
            if "revert" in (of_build.decision, of_drop.decision):
                reasons = [each.reason for each in (of_build, of_drop) if each.decision == "revert"]
                false.append({"table": scenario.table, "reasons": reasons})
    figures = {"aa_windows": judged, "aa_false": len(false)}
    details = {
        "seconds_a_window": SECONDS,
        "waited": waited,
        "statements_compared": compared,
        "statements_found_worse": worse,
        "false": false,
    }
    return figures, details


@contextmanager
def _disturbed(dsn: str, seed: int) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=_disturb, args=(dsn, random.Random(f"{seed} disturbance"), ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _disturb(dsn: str, rng: random.Random, ended: threading.Event) -> None:
    connection = psycopg2.connect(dsn, application_name="disturbance")
    connection.autocommit = True
    with connection.cursor() as cursor:
        while not ended.wait(rng.expovariate(1 / 3.0)):
            table = rng.choice(WORKLOADS).table
            cursor.execute(
                rng.choice(
                    (
                        "CHECKPOINT",
                        f"VACUUM {table}",
                        f"ANALYZE {table}",
                        f"SELECT count(*) FROM generate_series(1, {rng.randint(500_000, 4_000_000)}) AS n",
                    )
                )
            )
    connection.close()
