"""Five scenarios in which traffic or data change while the index is judged: not its doing, nor to its credit."""

import random

from benchmarks.loop.scenario import ROWS, Call, Scenario, index, items, nothing, read, usual


def _owner(rng: random.Random) -> dict[str, int]:
    return {"owner": rng.randrange(2003)}


def _popular(rng: random.Random) -> dict[str, int]:
    return {"owner": 2003 + rng.randrange(4)}


def _heavier(*calls: Call) -> tuple[Call, ...]:
    """Return the calls with a load beside them that has nothing to do with the table."""
    return (*calls, Call("hog", "SELECT count(*) FROM generate_series(1, 150000) AS n", nothing, 12.0))


def _by_owner(table: str) -> Call:
    return read(f"SELECT id, body FROM {table} WHERE owner = %(owner)s", _owner)


_FLAGS = ("f0", "f1", "f2", "f3")


def _flagged(table: str) -> tuple[str, ...]:
    """Return what makes a table whose four flags are set together: the planner uses an index on them for nothing."""
    return items(table, more=", ".join(f"{one} boolean" for one in _FLAGS), values=", ".join(["i % 2 = 0"] * 4))


def _of_flags(table: str) -> Call:
    """Return what works long on each matching row: how the rows are found matters next to nothing."""
    return read(f"SELECT sum(score), max(md5(body)) FROM {table} WHERE {' AND '.join(_FLAGS)}", nothing, per_s=8.0)


_POPULAR = ROWS // 16
"""A quarter of them are each of four owners' whom nobody asks for at first."""
_COUNTED = Call("counted", "SELECT count(*), max(score) FROM grows", nothing, 4.0)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "load_rises",
        "drifts",
        "the machine gets busy while it is judged; the index helps all the same",
        items("load_rises"),
        index("load_rises", "owner"),
        (_by_owner("load_rises"), *usual("load_rises")),
        "kept",
        later=_heavier(_by_owner("load_rises"), *usual("load_rises")),
    ),
    Scenario(
        "load_falls",
        "drifts",
        "the machine gets quiet and everything faster; the index, which is used, saves nothing",
        _flagged("load_falls"),
        index("load_falls", *_FLAGS),
        _heavier(_of_flags("load_falls"), *usual("load_falls")),
        "reverted",
        later=(_of_flags("load_falls"), *usual("load_falls")),
    ),
    Scenario(
        "data_grow",
        "drifts",
        "the table triples while it is judged; what counts its rows gets slower, and the index helps all the same",
        items("grows"),
        index("grows", "owner"),
        (_by_owner("grows"), _COUNTED, *usual("grows")),
        "kept",
        meanwhile=(
            (
                "INSERT INTO grows (owner, kind, status, at, score, email, body) "
                "SELECT owner, kind, status, at, score, email, body FROM grows, generate_series(1, 2)"
            ),
            "ANALYZE grows",
        ),
    ),
    Scenario(
        "data_shrink",
        "drifts",
        "three quarters of the rows go while it is judged: what scans them gets faster, by no merit of the index",
        _flagged("shrinks"),
        index("shrinks", *_FLAGS),
        (_of_flags("shrinks"), *usual("shrinks")),
        "reverted",
        meanwhile=(f"DELETE FROM shrinks WHERE id > {ROWS // 4}", "VACUUM FULL ANALYZE shrinks"),
    ),
    Scenario(
        "values_shift",
        "drifts",
        "from then on popular owners are asked for, who have thirty times the rows; the index helps all the same",
        (
            *items("shifts"),
            f"UPDATE shifts SET owner = 2003 + id / 4 % 4 WHERE id <= {_POPULAR * 4} AND id % 4 = 0",
            "VACUUM FULL shifts",
            "ANALYZE shifts",
        ),
        index("shifts", "owner"),
        (_by_owner("shifts"), *usual("shifts")),
        "kept",
        later=(read("SELECT id, body FROM shifts WHERE owner = %(owner)s", _popular), *usual("shifts")),
    ),
)
assert len(SCENARIOS) == 5
