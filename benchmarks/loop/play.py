"""Play scenarios through the loop: measure, propose, approve, build, settle, verify, keep or revert."""

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
from sqlalchemy import text

from benchmarks.loop import oracle
from benchmarks.loop.oracle import Truth
from benchmarks.loop.scenario import Call, Scenario, index, items, nothing, some_id
from benchmarks.loop.stage import TARGET, Stage, stage
from benchmarks.loop.traffic import Traffic, traffic
from celeriac.indexes import build, catalog_state, ddl, reconcile, revert, settle, verify
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.statements.catalog import read_catalog
from sandbox.postgres import PostgresServer

BASELINE_S = 18.0
CAPTURE_S = 3.0
GIVE_UP_S = 240.0
FINAL = ("kept", "reverted", "failed", "lost")


@dataclass(frozen=True, slots=True)
class Played:
    """What became of one scenario."""

    scenario: Scenario
    change: Change
    present: bool
    """The index is there at the end."""
    seconds: float
    promise: float | None
    """The planner's cost with the index by the cost without it."""
    truth: Truth

    @property
    def is_right(self) -> bool:
        """Whether the loop ended as the scenario says, in the ledger and in the catalog."""
        return self.change.state == self.scenario.right and self.present == (self.scenario.right == "kept")

    @property
    def harmful_left(self) -> bool:
        """Whether an index is there that should have gone."""
        return self.scenario.right == "reverted" and self.present

    @property
    def helpful_reverted(self) -> bool:
        """Whether an index is gone that should have stayed."""
        return self.scenario.right == "kept" and not self.present

    def as_json(self) -> dict[str, Any]:
        """Return what the results keep."""
        return {
            "name": self.scenario.name,
            "kind": self.scenario.kind,
            "why": self.scenario.why,
            "right": self.scenario.right,
            "decided": self.change.state,
            "is_right": self.is_right,
            "measured": self.change.evidence.get("statements", []),
            "reason": self.change.evidence.get("reason") or self.change.last_error,
            "drift": round(self.change.evidence.get("drift", 1.0), 3),
            "seconds": round(self.seconds, 1),
            "promised_cost_ratio": None if self.promise is None else round(self.promise, 4),
            "truth": self.truth.as_json(),
        }


def play(server: PostgresServer, name: str, scenarios: Sequence[Scenario], seed: int) -> list[Played]:
    """Play some scenarios side by side in one database, each on tables of its own."""
    with stage(server, name) as one:
        set_up(one, (ambient(), *scenarios))
        promises = {scenario.name: _promise(one, scenario, seed) for scenario in scenarios}
        with traffic(one.dsn, (ambient(), *scenarios), seed) as running:
            _measure(one)
            begun = {scenario.name: _approved(one, scenario) for scenario in scenarios}
            ended = _loop(one, {change.id: scenarios[at] for at, change in enumerate(begun.values())}, running)
        played = []
        for scenario in scenarios:
            change = one.now(begun[scenario.name])
            index = _there(one, change)
            truth = oracle.ask(one, scenario, index, seed, one.policies.verify)
            seconds = ended.get(change.id, GIVE_UP_S)
            played.append(Played(scenario, change, index is not None, seconds, promises[scenario.name], truth))
        return played


def ambient() -> Scenario:
    """What the application does beside: statements that touch none of the tables that are indexed."""
    calls = (
        Call("one", "SELECT body FROM ambient WHERE id = %(id)s", some_id, 10.0),
        Call("some", "SELECT count(*) FROM ambient WHERE id BETWEEN %(id)s AND %(id)s + 2000", some_id, 5.0),
        Call("touch", "UPDATE ambient SET score = score + 1 WHERE id = %(id)s", some_id, 5.0, writes=True),
        Call("scan", "SELECT max(body) FROM ambient", nothing, 1.0),
    )
    return Scenario("ambient", "drifts", "", items("ambient", 10_000), index("ambient", "id"), calls, "reverted")


def set_up(one: Stage, scenarios: Iterable[Scenario]) -> None:
    """Make and fill the tables of some scenarios."""
    connection = psycopg2.connect(one.dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in (statement for scenario in scenarios for statement in scenario.setup):
            cursor.execute(statement)
    connection.close()


def _promise(one: Stage, scenario: Scenario, seed: int) -> float | None:
    """Return the planner's cost of the promised call with a hypothetical index by the cost without; None: unknown."""
    call = next(call for call in scenario.calls if call.promised)
    connection = psycopg2.connect(one.dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            statement = cursor.mogrify(call.sql, dict(call.values(random.Random(seed))) or None).decode()
            without = _cost(cursor, statement)
            cursor.execute("SELECT hypopg_create_index(%s)", (ddl.create(scenario.definition, concurrently=False),))
            return _cost(cursor, statement) / without
    except psycopg2.Error:  # HypoPG knows no GIN
        return None
    finally:
        connection.close()


def _cost(cursor: Any, statement: str) -> float:
    cursor.execute(f"/* celeriac:promise */ EXPLAIN (FORMAT JSON) {statement}")
    return float(cursor.fetchone()[0][0]["Plan"]["Total Cost"])


def _measure(one: Stage) -> None:
    until = time.monotonic() + BASELINE_S
    one.capture()
    while time.monotonic() < until:
        time.sleep(CAPTURE_S)
        one.capture()


def _approved(one: Stage, scenario: Scenario) -> Change:
    call = next(call for call in scenario.calls if call.promised)
    fingerprint = one.sql(
        "/* celeriac:bench */ SELECT fingerprint FROM celeriac.statement WHERE strpos(text, :tag) > 0",
        tag=scenario.tag(call),
    )
    assert fingerprint is not None, f"{scenario.name}: no call of {call.name} was measured"
    return one.approved(scenario.definition, [fingerprint])


def _loop(one: Stage, waiting: dict[int, Scenario], running: dict[str, Traffic]) -> dict[int, float]:
    """Turn the loop until all are decided; returns when each was."""
    began, ended = time.monotonic(), {}
    while len(ended) < len(waiting) and time.monotonic() - began < GIVE_UP_S:
        turned = time.monotonic()
        with one.engine.begin() as ledger:
            ready = changes.ready(ledger, TARGET)
        for change in ready[:2]:
            if isinstance(one.build(change), build.Built):
                _change_circumstances(one, waiting[change.id], running)
        one.capture()
        _decide(one)
        reconcile.reconcile(one.sessions, TARGET, one.policies)
        with one.engine.begin() as ledger:
            for change in changes.in_states(ledger, TARGET, *FINAL):
                ended.setdefault(change.id, time.monotonic() - began)
        time.sleep(max(0.0, CAPTURE_S - (time.monotonic() - turned)))
    return ended


def _change_circumstances(one: Stage, scenario: Scenario, running: dict[str, Traffic]) -> None:
    with one.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in scenario.meanwhile:
            connection.execute(text(statement))
    if scenario.later is not None:
        running[scenario.name].switch(scenario.later)


def _decide(one: Stage) -> None:
    """Judge what has settled and undo what did not help, as the tasks do."""
    with one.engine.begin() as ledger:
        settle.advance(ledger, TARGET, one.policies.verify)
        pending = changes.in_states(ledger, TARGET, "verifying")
    with one.engine.connect() as target:
        catalog, parse = read_catalog(target), verify.remembering()
        for change in pending:
            with one.engine.begin() as ledger:
                verdict = verify.verify(target, ledger, change, one.policies.verify, catalog, parse=parse)
                verify.conclude(ledger, change, verdict, one.policies.loop)
    with one.engine.begin() as ledger:
        undoing = changes.in_states(ledger, TARGET, "reverting")
    for change in undoing:
        revert.revert(one.sessions, change, one.policies, reason=change.evidence.get("reason", "reverted"))


def _there(one: Stage, change: Change) -> str | None:
    if change.index_name is None:
        return None
    seen = catalog_state.observe(one.sessions.watch, change.schema_name, change.index_name)
    return None if seen is None else seen.name
