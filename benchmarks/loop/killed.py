"""Kill -9, a hundred times: the builder's process, its backend, or the server under it, at each step of each work.

A round makes a change due, lets a builder begin, kills, and starts anew as a worker does: new sessions and reconcile,
again each second. What counts is when ledger and catalog agree, and that the work can then be done, once.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks.loop.stage import TARGET, Stage, opened, stage
from benchmarks.loop.victim import DDL_SESSION, RUNNING, STEPS
from celeriac.indexes import build, catalog_state, drop, prune, reconcile, revert
from celeriac.indexes.drop import propose, restoring, run
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import PrunePolicy
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.ledger.models import Base
from sandbox.postgres import PostgresServer

ROUNDS = 100
DEADLINE_S = 60.0
ROWS = 60_000
ROOT = Path(__file__).parents[2]
WANTED = IndexDefinition("public", "jobs", (KeyPart("owner"),))
NARROW, WIDER = "jobs_kind", "CREATE INDEX jobs_kind_owner ON jobs (kind, owner)"
KINDS = {"build": 5, "revert": 2, "drop": 2, "restore": 1}
WAYS = {"process": 4, "backend": 4, "server": 2}
"""SIGKILL of the builder's process; pg_terminate_backend of its DDL session; SIGKILL of that backend, which takes the
whole server down with it."""
PRESENT = {
    "build": {"settling": True, "verifying": True, "kept": True, "approved": False, "baselined": False,
              "failed": False, "reverted": False, "lost": False},
    "drop": {"approved": True, "failed": True, "restored": True, "drop_verifying": False, "dropped": False},
}  # fmt: skip
"""By the change's kind: whether its index is there in each state that a round may rest in."""


@dataclass(frozen=True, slots=True)
class Killed:
    """One round."""

    kind: str
    step: str
    way: str
    left: str
    """The state at the moment of the kill."""
    state: str
    """The state that it came to rest in."""
    agreed_s: float | None
    completed: bool
    """Done again, the work came out once and whole."""
    said: str = ""
    """What held the work up when it was done again."""

    def as_json(self) -> dict[str, Any]:
        """Return what the results keep."""
        agreed = None if self.agreed_s is None else round(self.agreed_s, 2)
        return {
            "work": self.kind, "step": self.step, "killed": self.way, "left": self.left, "state": self.state,
            "agreed_s": agreed, "completed": self.completed, "said": self.said,
        }  # fmt: skip


def killed(server: PostgresServer, seed: int, rounds: int = ROUNDS) -> tuple[dict[str, Any], Any]:
    """Kill in each round at a step and in a way that its seed chooses; every step has its turn."""
    done: list[Killed] = []
    with stage(server, "killed") as first:
        load(first)
        url, dsn = server.url("killed"), first.dsn
        for number, (kind, step, way) in enumerate(plan(random.Random(seed), rounds)):
            done.append(round_of(url, dsn, kind, step, way, random.Random(f"{seed} {number}")))
            print(number, json.dumps(done[-1].as_json()), flush=True)
    agreed = [one for one in done if one.agreed_s is not None and one.agreed_s <= DEADLINE_S and one.completed]
    figures = {"kill9_rounds": len(done), "kill9_agree": len(agreed)}
    seconds = sorted(one.agreed_s for one in done if one.agreed_s is not None)
    details = {
        "longest_s": round(seconds[-1], 2) if seconds else None,
        "median_s": round(seconds[len(seconds) // 2], 2) if seconds else None,
        "ways": dict(Counter(one.way for one in done)),
        "works": dict(Counter(one.kind for one in done)),
        "rounds": [one.as_json() for one in done],
    }
    return figures, details


def plan(rng: random.Random, rounds: int) -> Iterator[tuple[str, str, str]]:
    """Yield work, step and way of each round: all steps in turn, half of the time in the midst of the DDL."""
    turns = dict.fromkeys(KINDS, 0)
    for _ in range(rounds):
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        way = rng.choices(list(WAYS), list(WAYS.values()))[0]
        steps = list(STEPS[kind])
        step = RUNNING if rng.random() < 0.4 else steps[turns[kind] % len(steps)]
        turns[kind] += step != RUNNING
        yield kind, step, way


def load(one: Stage) -> None:
    """Make the table that is worked on."""
    one.sql(
        "CREATE TABLE jobs AS SELECT i AS id, i % 997 AS owner, i % 7 AS kind, md5(i::text) AS note "
        f"FROM generate_series(1, {ROWS}) AS i"
    )
    one.sql("ANALYZE jobs")


def round_of(url: str, dsn: str, kind: str, step: str, way: str, rng: random.Random) -> Killed:
    """Let a builder begin a piece of work, kill at a step of it, start anew, and see what comes of it."""
    with opened(url, dsn) as one:
        change = DUE[kind](one)
        with builder(url, change, kind, step) as process:
            if step == RUNNING:
                with _in_the_way(dsn, rng):
                    time.sleep(rng.uniform(0.0, 0.8))
                    left = one.now(change).state
                    _kill(one, process, way)
            else:
                _read(process)
                left = one.now(change).state
                _kill(one, process, way)
            _end(process)
    _wait_for(dsn)
    began = time.monotonic()
    with opened(url, dsn) as anew:
        agreed_s = settle(anew, change, began)
        state = anew.now(change).state
        completed, said = _complete(anew, change, began)
    return Killed(kind, step, way, left, state, agreed_s, completed, said)


@contextmanager
def builder(url: str, change: Change, kind: str, step: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a builder and hand it its work; ended with the block, by its number."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.loop.victim"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps({"url": url, "change_id": change.id, "kind": kind, "step": step}) + "\n")
        process.stdin.flush()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                assert pipe is not None
                pipe.close()


def settle(one: Stage, change: Change, began: float) -> float | None:
    """Reconcile each second, where the schedule does each minute, until ledger and catalog agree; None for never."""
    while time.monotonic() - began < DEADLINE_S:
        reconcile.reconcile(one.sessions, TARGET, one.policies)
        now = one.now(change)
        if now.state == "restoring":  # reconcile's task hands the building to the DDL worker
            restoring.restore(one.sessions, now, one.policies)
        if agree(one, change):
            return time.monotonic() - began
        time.sleep(1.0)
    return None


def agree(one: Stage, change: Change) -> bool:
    """Tell whether nothing is invalid or unknown, and the index is there just where the ledger says so."""
    now = one.now(change)
    expected = PRESENT[now.kind].get(now.state)
    there = now.index_name is not None and catalog_state.anybodys(
        one.sessions.watch, schema=now.schema_name, name=now.index_name
    )
    known = {now.index_name}
    strangers = [index.name for index in catalog_state.ours(one.sessions.watch) if index.name not in known]
    invalid = one.sql("SELECT count(*) FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)")
    return not invalid and not strangers and expected is not None and bool(there) == expected


def _complete(one: Stage, change: Change, began: float) -> tuple[bool, str]:
    """Do what is still to do, as the schedule would, and see that it is done once: two indexes are worse than none."""
    said = ""
    while one.now(change).state in ("approved", "baselined") and time.monotonic() - began < DEADLINE_S:
        with one.engine.begin() as ledger:
            changes.note(ledger, change, not_before=None)
        done = _again(one, one.now(change))
        said = getattr(done, "reason", "")
        reconcile.reconcile(one.sessions, TARGET, one.policies)
        if isinstance(done, build.Built | drop.Removed):
            break
        time.sleep(1.0)
    owned = one.sql("SELECT count(*) FROM pg_index WHERE indrelid = 'jobs'::regclass AND indkey::text = '2'")
    undone = one.now(change).state in ("approved", "baselined")
    return not undone and agree(one, change) and owned <= 1, said


def _again(one: Stage, change: Change) -> Any:
    if change.kind == "build":
        return one.build(change)
    return run.drop(one.sessions, change, one.policies, capture=lambda: None)


def _clean(one: Stage) -> None:
    for name in ("celeriac_%", NARROW, "jobs_kind_owner"):
        found = "SELECT indexname FROM pg_indexes WHERE tablename = 'jobs' AND indexname LIKE :name LIMIT 1"
        while index := one.sql(found, name=name):
            one.sql(f'DROP INDEX "{index}"')
    one.sql(f"TRUNCATE {', '.join(Base.metadata.tables)} CASCADE")


def _build_due(one: Stage) -> Change:
    _clean(one)
    return one.approved(WANTED, origin="person")


def _revert_due(one: Stage) -> Change:
    built = one.build(_build_due(one))
    assert isinstance(built, build.Built), built
    with one.engine.begin() as ledger:
        return revert.begin(ledger, built.change, one.policies.loop, actor="benchmark", reason="the round wants it")


def _drop_due(one: Stage) -> Change:
    _clean(one)
    one.sql(f"CREATE INDEX {NARROW} ON jobs (kind)")
    one.sql(WIDER)
    policy = PrunePolicy(min_reads_per_day=0.0, min_writes_per_day=0.0)
    with one.engine.connect() as target, one.engine.begin() as ledger:
        indexes = prune.observe(ledger, TARGET, target, {}, policy)
        found = prune.examine(ledger, TARGET, indexes, (), policy)
        made, _ = propose.propose_all(
            target, ledger, TARGET, indexes, found.prunable, {}, actor="benchmark", policy=one.policies.loop
        )
    (change,) = [change for change in made if change.index_name == NARROW]
    for _ in range(2):  # a drop asks for a window with the table as it is
        one.capture()
        one.sql("SELECT count(*) FROM jobs")
    with one.engine.begin() as ledger:
        return changes.transition(
            ledger, change, "approve", actor="benchmark", reason="approved", lasts=one.policies.loop.approved_expires
        )


def _restore_due(one: Stage) -> Change:
    gone = run.drop(one.sessions, _drop_due(one), one.policies, capture=lambda: None)
    assert isinstance(gone, drop.Removed), gone
    with one.engine.begin() as ledger:
        return restoring.begin(
            ledger, gone.change, actor="benchmark", reason="the round wants it", policy=one.policies.loop
        )


DUE = {"build": _build_due, "revert": _revert_due, "drop": _drop_due, "restore": _restore_due}
"""What brings a change to where each kind of work begins."""


@contextmanager
def _in_the_way(dsn: str, rng: random.Random) -> Iterator[None]:
    """Hold what the DDL waits for, an open write or an old snapshot, or nothing; let go a while after the kill."""
    way = rng.choice(("write", "write", "snapshot", "snapshot", "nothing"))
    connection = psycopg2.connect(dsn)
    with connection.cursor() as cursor:
        if way == "write":
            cursor.execute("LOCK TABLE jobs IN ROW EXCLUSIVE MODE")
        elif way == "snapshot":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1")
    try:
        _wait_for_ddl(dsn, 3.0 if way == "nothing" else 15.0)
        yield
    finally:
        threading.Timer(rng.uniform(0.0, 3.0), connection.close).start()


def _wait_for_ddl(dsn: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state = 'active' "
                "AND query ~ '(CREATE|DROP) INDEX CONCURRENTLY'",
                (DDL_SESSION,),
            )
            if cursor.fetchone() == (1,):
                break
            time.sleep(0.02)
    connection.close()


def _kill(one: Stage, process: "subprocess.Popen[str]", way: str) -> None:
    if way == "process":
        os.kill(process.pid, signal.SIGKILL)
        return
    pid = one.sql("SELECT pid FROM pg_stat_activity WHERE application_name = :name", name=DDL_SESSION)
    if pid is None:  # it was faster, and has gone
        return
    if way == "backend":
        one.sql("SELECT pg_terminate_backend(:pid, 5000)", pid=pid)
    else:
        os.kill(pid, signal.SIGKILL)


def _end(process: "subprocess.Popen[str]") -> None:
    """Let a builder that outlived its backend find out; then it is over."""
    assert process.stdin is not None
    with suppress(BrokenPipeError, ValueError):
        process.stdin.write("\n" * 50)
        process.stdin.flush()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)


def _read(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _wait_for(dsn: str) -> None:
    until = time.monotonic() + 60.0
    while True:
        try:
            psycopg2.connect(dsn, connect_timeout=2).close()
            return
        except psycopg2.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
