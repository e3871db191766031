"""Ten indexes that the planner believes in and that do not help: correlation, skew, statistics that are out of date."""

from benchmarks.loop.scenario import ROWS, Scenario, index, items, nothing, read, usual
from celeriac.indexes.index import IndexDefinition, KeyPart


def _false(name: str, why: str, setup: tuple[str, ...], definition: IndexDefinition, sql: str) -> Scenario:
    calls = (read(sql, nothing), *usual(definition.table))
    return Scenario(name, "promise is false", why, setup, definition, calls, "reverted")


def _family(parent: str, child: str, more: str, values: str) -> tuple[str, ...]:
    """Return what makes parents, of whom most match where few are expected, and ten children of each."""
    return (
        *items(parent, PARENTS, more=more, values=values),
        *items(child, more="parent int", values=f"1 + i * 7919::bigint % {PARENTS}"),
    )


def _joined(parent: str, child: str, condition: str) -> str:
    return f"SELECT sum(c.score), max(c.body) FROM {parent} p JOIN {child} c ON c.parent = p.id WHERE {condition}"


PARENTS = ROWS // 10
_FLAGS = [f"f{n}" for n in range(8)]
_WORDS = ("country", "currency", "lang", "zone", "unit", "paper", "side", "week")
_OFF = "WITH (autovacuum_enabled = off)"

SCENARIOS: tuple[Scenario, ...] = (
    _false(
        "correlated_flags",
        "eight flags that are always set together: a half of the parents, where one of 256 is expected",
        _family(
            "flags", "flag_child", ", ".join(f"{one} boolean" for one in _FLAGS), ", ".join(["i % 2 = 0"] * len(_FLAGS))
        ),
        index("flag_child", "parent"),
        _joined("flags", "flag_child", " AND ".join(f"p.{one}" for one in _FLAGS)),
    ),
    _false(
        "correlated_texts",
        "country, currency, language and more say the same: a half of the parents, where one of 256 is expected",
        _family(
            "places",
            "place_child",
            ", ".join(f"{one} text" for one in _WORDS),
            ", ".join(f"CASE WHEN i % 2 = 0 THEN '{one}' ELSE '{one}' || i % 9 END" for one in _WORDS),
        ),
        index("place_child", "parent"),
        _joined("places", "place_child", " AND ".join(f"p.{one} = '{one}'" for one in _WORDS)),
    ),
    _false(
        "walk_to_the_end",
        "the matching rows are the oldest ones, and the index is walked from the newest",
        items("walk", more="made int, sort_of int", values=f"i, CASE WHEN i <= {ROWS // 40} THEN 99 ELSE i % 40 END"),
        index("walk", KeyPart("made", descending=True)),
        "SELECT id, body FROM walk WHERE sort_of = 99 ORDER BY made DESC LIMIT 20",
    ),
    _false(
        "walk_for_few",
        "eight rows match where hundreds are expected, so that the walk never finds its twenty",
        items(
            "few",
            more="made int, a int, b int",
            values="i, i % 10, CASE WHEN i % 10 = 3 AND i > 80 THEN 5 ELSE (i / 10) % 10 END",
        ),
        index("few", "made"),
        "SELECT id, body FROM few WHERE a = 3 AND b = 4 ORDER BY made LIMIT 20",
    ),
    _false(
        "skew_in_a_join",
        "the one customer that is asked for has two thirds of the rows, where three rows are expected",
        (
            *items("customers", 2_000),
            *items("orders", more="customer int", values="CASE WHEN i % 3 = 0 THEN i ELSE 7 END"),
        ),
        index("orders", "customer", "score"),
        "SELECT sum(o.score), max(o.body) FROM customers c JOIN orders o ON o.customer = c.id "
        "WHERE c.email = 'User7@Example.org'",
    ),
    _false(
        "skew_unseen",
        "statistics know one common value only; the second has nearly half of the parents",
        (
            *_family(
                "unseen",
                "unseen_child",
                "place int",
                "CASE WHEN i % 100 < 52 THEN -1 WHEN i % 100 < 98 THEN -2 ELSE i END",
            ),
            "ALTER TABLE unseen ALTER place SET STATISTICS 1",
            "VACUUM ANALYZE unseen",
        ),
        index("unseen_child", "parent"),
        _joined("unseen", "unseen_child", "p.place = -2"),
    ),
    _false(
        "skew_of_a_label",
        "the label that is asked for is on three rows, where two thousand are expected: the walk goes to the end",
        (
            *items("labels", 100),
            *items("labelled", more="label int", values="CASE WHEN i % 13000 = 0 THEN 77 ELSE 1 + i % 20 END"),
        ),
        index("labelled", "score"),
        "SELECT id, body FROM labelled WHERE label = (SELECT id FROM labels WHERE email = 'User77@Example.org') "
        "ORDER BY score LIMIT 10",
    ),
    _false(
        "stale_status",
        "since the statistics were taken nearly all rows came to be open",
        (
            *items("stale", more="open_ int", values="i", options=_OFF),
            "UPDATE stale SET open_ = 1 WHERE id % 50 <> 0",
            "VACUUM stale",
        ),
        index("stale", "open_"),
        "SELECT sum(score), max(body) FROM stale WHERE open_ = 1",
    ),
    _false(
        "stale_day",
        "the day that is asked for is newer than the statistics, and holds most of the rows",
        (
            *items("stale_day", more="day int", values="i % 300", options=_OFF),
            "UPDATE stale_day SET day = 500 + id % 3 WHERE id % 10 <> 0",
            "VACUUM FULL stale_day",
        ),
        index("stale_day", "day", "score"),
        "SELECT sum(score), max(md5(body)) FROM stale_day WHERE day BETWEEN 490 AND 510",
    ),
    _false(
        "guessed_expression",
        "of an expression the planner guesses a two-hundredth, until its statistics show that all rows match",
        items("guessed"),
        index("guessed", KeyPart("(score % 1)", is_expression=True)),
        "SELECT sum(score), max(body) FROM guessed WHERE score % 1 = 0",
    ),
)
assert len(SCENARIOS) == 10
