"""Twenty indexes that help, each in another way."""

import random

from benchmarks.loop.scenario import ROWS, Call, Scenario, index, items, nothing, read, some_id, usual
from celeriac.indexes.index import IndexDefinition, KeyPart

START = "timestamptz '2026-01-01'"


def _simple(name: str, why: str, definition: IndexDefinition, call: Call, *, setup: tuple[str, ...] = ()) -> Scenario:
    table = definition.table
    return Scenario(name, "helps", why, setup or items(table), definition, (call, *usual(table)), "kept")


def _family(parent: str, child: str) -> tuple[str, ...]:
    """Return what makes a parent table of a twentieth of the rows, and its children, without an index on the key."""
    return (
        *items(parent, ROWS // 20),
        *items(child, more=f"parent_id int REFERENCES {parent}", values=f"1 + i * 7919::bigint % {ROWS // 20}"),
    )


def _of_one(rng: random.Random) -> dict[str, int]:
    return {"id": rng.randint(1, ROWS // 20)}


def _owner(rng: random.Random) -> dict[str, int]:
    return {"owner": rng.randrange(2003)}


SCENARIOS: tuple[Scenario, ...] = (
    _simple(
        "equality",
        "twenty rows of forty thousand",
        index("equality", "owner"),
        read("SELECT id, body FROM equality WHERE owner = %(owner)s", _owner),
    ),
    _simple(
        "range",
        "a half per cent of the time line",
        index("range_", "at"),
        read(
            f"SELECT count(*), sum(score) FROM range_ WHERE at >= {START} + %(m)s * interval '1 min' "
            f"AND at < {START} + (%(m)s + 200) * interval '1 min'",
            lambda rng: {"m": rng.randrange(ROWS - 200)},
        ),
    ),
    _simple(
        "top",
        "the ten highest, instead of sorting all",
        index("top", KeyPart("score", descending=True)),
        read("SELECT id, score FROM top ORDER BY score DESC LIMIT 10", nothing),
    ),
    _simple(
        "newest_of_owner",
        "equality, then the order",
        index("newest_of_owner", "owner", KeyPart("at", descending=True)),
        read("SELECT id, at FROM newest_of_owner WHERE owner = %(owner)s ORDER BY at DESC LIMIT 5", _owner),
    ),
    _simple(
        "covering",
        "a seventh of the rows, read from the index alone",
        index("covering", "kind", include=("score",)),
        read("SELECT sum(score) FROM covering WHERE kind = %(kind)s", lambda rng: {"kind": rng.randrange(7)}),
    ),
    _simple(
        "partial",
        "the few failed ones, newest first",
        index("partial_", "at", where="status = 'failed'"),
        read("SELECT id, at FROM partial_ WHERE status = 'failed' ORDER BY at DESC LIMIT 20", nothing),
    ),
    _simple(
        "expression",
        "one of forty thousand, whatever its case",
        index("expression", KeyPart("lower(email)", is_expression=True)),
        read(
            "SELECT id FROM expression WHERE lower(email) = %(email)s",
            lambda rng: {"email": f"user{rng.randint(1, ROWS)}@example.org"},
        ),
    ),
    _simple(
        "join",
        "twenty children of one parent",
        index("join_child", "parent_id"),
        read(
            "SELECT p.email, c.body FROM join_ p JOIN join_child c ON c.parent_id = p.id WHERE p.id = %(id)s", _of_one
        ),
        setup=_family("join_", "join_child"),
    ),
    _simple(
        "composite",
        "two equalities and a range",
        index("composite", "kind", "status", "score"),
        read(
            "SELECT id, score FROM composite WHERE kind = %(kind)s AND status = 'failed' "
            "AND score BETWEEN %(low)s AND %(low)s + 100000",
            lambda rng: {"kind": rng.randrange(7), "low": rng.randrange(900_000)},
        ),
    ),
    _simple(
        "in_list",
        "four owners at once",
        index("in_list", "owner"),
        read(
            "SELECT id, score FROM in_list WHERE owner IN (%(a)s, %(b)s, %(c)s, %(d)s)",
            lambda rng: {name: rng.randrange(2003) for name in "abcd"},
        ),
    ),
    _simple(
        "count",
        "one per cent, counted",
        index("count_", "score"),
        read(
            "SELECT count(*) FROM count_ WHERE score BETWEEN %(low)s AND %(low)s + 10000",
            lambda rng: {"low": rng.randrange(990_000)},
        ),
    ),
    _simple(
        "maximum",
        "the end of one stretch of the index",
        index("maximum", "kind", "score"),
        read("SELECT max(score) FROM maximum WHERE kind = %(kind)s", lambda rng: {"kind": rng.randrange(7)}),
    ),
    _simple(
        "prefix",
        "what begins alike",
        index("prefix", KeyPart("email", opclass="text_pattern_ops")),
        read(
            "SELECT id, email FROM prefix WHERE email LIKE %(start)s",
            lambda rng: {"start": f"User{rng.randint(1000, 3999)}%"},
        ),
    ),
    _simple(
        "trigram",
        "part of a word",
        index("trigram", KeyPart("email", opclass="gin_trgm_ops"), method="gin"),
        read(
            "SELECT id, email FROM trigram WHERE email ILIKE %(part)s",
            lambda rng: {"part": f"%{rng.randint(10_000, 39_999)}@ex%"},
        ),
    ),
    _simple(
        "json",
        "documents that hold a value",
        index("json_", KeyPart("doc", opclass="jsonb_path_ops"), method="gin"),
        read(
            "SELECT id FROM json_ WHERE doc @> %(doc)s::jsonb",
            lambda rng: {"doc": f'{{"city": "c{rng.randrange(900)}"}}'},
        ),
        setup=items("json_", more="doc jsonb", values="jsonb_build_object('city', 'c' || i % 900, 'n', i)"),
    ),
    _simple(
        "array",
        "rows with a label",
        index("array_", "labels", method="gin"),
        read("SELECT id FROM array_ WHERE labels @> ARRAY[%(label)s]", lambda rng: {"label": rng.randrange(1500)}),
        setup=items("array_", more="labels int[]", values="ARRAY[i % 1500, 1500 + i % 700]"),
    ),
    Scenario(
        "brin",
        "helps",
        "an hour of what is only ever appended",
        items("brin_", more="logged int", values="i"),
        index("brin_", "logged", method="brin"),
        (
            read(
                "SELECT count(*) FROM brin_ WHERE logged >= %(from)s AND logged < %(from)s + 60",
                lambda rng: {"from": rng.randrange(ROWS - 60)},
            ),
            Call("look_up", "SELECT body FROM brin_ WHERE id = %(id)s", some_id, 6.0),
            Call(
                "append",
                "INSERT INTO brin_ (owner, body, logged) VALUES (1, 'new', extract(epoch FROM now())::int)",
                nothing,
                7.0,
                writes=True,
            ),
        ),
        "kept",
    ),
    Scenario(
        "foreign_key",
        "helps",
        "each delete of a parent looks for children",
        _family("fk_parent", "fk_child"),
        index("fk_child", "parent_id"),
        (
            Call(
                "delete",
                "DELETE FROM fk_parent WHERE id = (SELECT max(id) FROM fk_parent)",
                nothing,
                9.0,
                promised=True,
                writes=True,
            ),
            Call("make", "INSERT INTO fk_parent (owner) VALUES (1)", nothing, 10.0, writes=True),
            *usual("fk_child"),
        ),
        "kept",
    ),
    _simple(
        "update_by_name",
        "a write that has to find its row",
        index("update_by_name", "email"),
        Call(
            "by_name",
            "UPDATE update_by_name SET score = score + 1 WHERE email = %(email)s",
            lambda rng: {"email": f"User{rng.randint(1, ROWS)}@Example.org"},
            9.0,
            promised=True,
            writes=True,
        ),
    ),
    _simple(
        "exists",
        "parents with a failed child",
        index("ex_child", "parent_id", where="status = 'failed'"),
        read(
            "SELECT p.id FROM ex_parent p WHERE p.id BETWEEN %(id)s AND %(id)s + 5 AND EXISTS "
            "(SELECT FROM ex_child c WHERE c.parent_id = p.id AND c.status = 'failed')",
            _of_one,
        ),
        setup=_family("ex_parent", "ex_child"),
    ),
)
assert len(SCENARIOS) == 20
