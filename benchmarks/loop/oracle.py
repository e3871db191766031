"""What an index is truly worth: the server's own times with and without it, in a quiet hour, in turns.

It checks the scenarios, not the loop: where construction and truth part, the result says so.
"""

import random
from dataclasses import dataclass
from typing import Any

import psycopg2

from benchmarks.loop.scenario import Right, Scenario
from benchmarks.loop.stage import Stage
from benchmarks.loop.traffic import send
from celeriac.indexes import ddl
from celeriac.indexes.policy import VerifyPolicy

ROUNDS = 3
CALLS = 25
_NAME = "oracle"
_UNCHANGED = 0.05
"""Times this near to each other are the same."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Milliseconds of each call without and with the index, and what follows."""

    right: Right
    saved_ratio: float
    calls: dict[str, tuple[float, float]]

    def as_json(self) -> dict[str, Any]:
        """Return what the results keep."""
        times = {name: [round(without, 4), round(with_, 4)] for name, (without, with_) in self.calls.items()}
        return {"right": self.right, "saved_ratio": round(self.saved_ratio, 4), "ms_without_and_with": times}


def ask(stage: Stage, scenario: Scenario, there: str | None, seed: int, policy: VerifyPolicy) -> Truth:
    """Measure a scenario's calls without and with its index, named where it is there; leaves it away."""
    connection = psycopg2.connect(stage.dsn)
    connection.autocommit = True
    times: dict[bool, dict[str, list[float]]] = {False: {}, True: {}}
    try:
        with connection.cursor() as cursor:
            if there is not None:
                cursor.execute(ddl.drop("public", there, concurrently=False))
            for number in range(ROUNDS):
                for with_index in (False, True):
                    if with_index:
                        cursor.execute(ddl.create(scenario.definition, _NAME, concurrently=False))
                        if any(part.is_expression for part in scenario.definition.key):
                            cursor.execute(f"ANALYZE {scenario.table}")  # as the loop does
                    for name, ms in _round(cursor, scenario, random.Random(f"{seed} {number}")).items():
                        times[with_index].setdefault(name, []).append(ms)
                cursor.execute(ddl.drop("public", _NAME, concurrently=False))
    finally:
        connection.close()
    best = {name: (min(times[False][name]), min(times[True][name])) for name in times[False]}
    return _judge(scenario, best, policy)


def _round(cursor: Any, scenario: Scenario, rng: random.Random) -> dict[str, float]:
    measured = {}
    for call in scenario.later or scenario.calls:
        send(cursor, scenario, call, rng)  # the first fills caches of plans and catalogs
        before = _counters(cursor, scenario.tag(call))
        for _ in range(CALLS):
            send(cursor, scenario, call, rng)
        after = _counters(cursor, scenario.tag(call))
        measured[call.name] = (after[1] - before[1]) / max(1, after[0] - before[0])
    return measured


def _counters(cursor: Any, tag: str) -> tuple[int, float]:
    cursor.execute(
        "/* celeriac:oracle */ SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(total_exec_time), 0) "
        "FROM pg_stat_statements(true) WHERE strpos(query, %s) > 0",
        (tag,),
    )
    row: tuple[int, float] = cursor.fetchone()
    return row


def _judge(scenario: Scenario, best: dict[str, tuple[float, float]], policy: VerifyPolicy) -> Truth:
    """Weigh as the policy does, by the rates that the scenario names."""
    gain = loss = write_loss = base = 0.0
    worse = False
    for call in scenario.later or scenario.calls:
        without, with_ = best[call.name]
        moved = abs(with_ / without - 1) > _UNCHANGED if without else False
        if moved or call.promised:
            base += without * call.per_s
        saved = (without - with_) * call.per_s if moved else 0.0
        gain, loss = gain + max(0.0, saved), loss + max(0.0, -saved)
        write_loss += max(0.0, -saved) if call.writes else 0.0
        worse |= moved and not call.writes and call.promised and with_ > without * (1 + policy.max_regression_ratio)
    ratio = (gain - loss) / base if base else 0.0
    keeps = not worse and ratio >= policy.min_gain_ratio and gain >= policy.min_gain_per_write_cost * write_loss
    return Truth("kept" if keeps else "reverted", ratio, best)
