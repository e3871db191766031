"""Who caches and invalidates as advised never reads what is no longer so: seeded writes, each followed by every read.

The reads run the pasted code on a real cache and are compared with the database's own answer at that moment.
"""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from celeriac.cache import Cache, cached
from celeriac.cache.advise import Cacheable, CacheAdvicePolicy, Invalidation, advise, read_facts
from celeriac.statements.catalog import read_catalog
from celeriac.statements.workload import Workload
from tests.unit.cache.advise.conftest import statement

USERS, ORDERS = 6, 40
OF_ONE = "FROM orders o WHERE o.user_id = u.id AND o.user_id = $1"
READS = (
    "SELECT id, role FROM users WHERE id = $1",
    "SELECT id, paid FROM orders WHERE user_id = $1 ORDER BY id",
    "SELECT count(*) AS n FROM orders WHERE user_id = $1 AND paid",
    "SELECT u.role, o.id FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = $1 ORDER BY o.id",
    "SELECT u.role, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.user_id = $1 ORDER BY u.id, o.id",
    f"SELECT id FROM users u WHERE NOT EXISTS (SELECT {OF_ONE}) ORDER BY 1",
    f"SELECT role, (SELECT count(*) {OF_ONE}) AS n FROM users u ORDER BY id",
    "SELECT u.role, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) AS n FROM users u WHERE u.id = $1",
    "SELECT id FROM users WHERE id = $1 UNION SELECT user_id FROM orders WHERE paid ORDER BY 1",
    "SELECT id FROM open_orders WHERE user_id = $1 ORDER BY id",
)
WRITES = {
    "UPDATE users SET role = $1 WHERE id = $2": ("users", "SET role = :role WHERE id = :user"),
    "UPDATE orders SET paid = $1 WHERE id = $2": ("orders", "SET paid = :paid WHERE id = :order"),
    "UPDATE orders SET user_id = $1 WHERE id = $2": ("orders", "SET user_id = :user WHERE id = :order"),
    "UPDATE orders SET paid = $1 WHERE user_id = $2": ("orders", "SET paid = :paid WHERE user_id = :user"),
    "DELETE FROM orders WHERE id = $1": ("orders", None),
    "INSERT INTO orders (user_id, paid) VALUES ($1, $2)": ("orders", None),
}


@pytest.fixture
def shop(connection: Connection) -> Connection:
    for step in (
        f"CREATE TABLE users AS SELECT id, 'r' || id AS role FROM generate_series(1, {USERS}) id",
        "ALTER TABLE users ADD PRIMARY KEY (id)",
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint, paid boolean)",
        f"INSERT INTO orders (user_id, paid) SELECT 1 + n % {USERS}, n % 2 = 0 FROM generate_series(1, {ORDERS}) n",
        "CREATE VIEW open_orders AS SELECT id, user_id FROM orders WHERE NOT paid",
        "ANALYZE",
    ):
        connection.execute(text(step))
    connection.commit()
    return connection


@pytest.mark.parametrize("margin", [0.0, 1.0])
def test_what_is_cached_and_invalidated_as_advised_is_never_stale(shop: Connection, cache: Cache, margin: float):
    # With the whole margin the tags are those of tables, without it as narrow as can be.
    writes = [statement(text_, calls=100 if margin else 20_000, rows=1) for text_ in WRITES]
    workload = Workload((*[statement(read, rows=2) for read in READS], *writes), 1.0)
    policy = CacheAdvicePolicy(min_hit_ratio=0, min_saved_ms_per_hour=-1e12, gain_margin=margin)
    advised = advise(workload, read_catalog(shop), policy, read_facts(shop)).cacheable
    assert len(advised) == len(READS)
    functions = {one.statement: _pasted(one, cache, shop) for one in advised}
    steps = {step for one in advised for step in one.invalidations}

    chance = random.Random(3)
    for _ in range(60):
        _write(shop, cache, chance, steps)
        for read, function in functions.items():
            user = chance.randint(1, USERS)
            assert function(user) == _asked(shop, read, user), read
    counted = [cache.statistics()[function.namespace] for function in functions.values()]
    assert sum(one.hits for one in counted) > 20


def _write(shop: Connection, cache: Cache, chance: random.Random, steps: set[Invalidation]) -> None:
    written = chance.choice([*WRITES])
    table, change = WRITES[written]
    values = {
        "user": chance.randint(1, USERS),
        "order": chance.randint(1, ORDERS),
        "role": f"r{chance.random()}",
        "paid": chance.random() < 0.5,
    }
    if written.startswith("UPDATE"):
        where = change.partition(" WHERE ")[2]
        before = _rows(shop, f"SELECT * FROM {table} WHERE {where}", values)
        rows = before + _rows(shop, f"UPDATE {table} {change} RETURNING *", values)
    elif written.startswith("DELETE"):
        rows = _rows(shop, "DELETE FROM orders WHERE id = :order RETURNING *", values)
    else:
        rows = _rows(shop, "INSERT INTO orders (user_id, paid) VALUES (:user, :paid) RETURNING *", values)
    shop.commit()
    for step in steps:
        if step.statement == written:
            for row in rows:
                exec(step.call, {"cache": cache, **row})


def _rows(shop: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {name: value for name, value in values.items() if f":{name}" in query}
    return [dict(row) for row in shop.execute(text(query), asked).mappings()]


def _asked(shop: Connection, read: str, user: int) -> list[dict[str, Any]]:
    return [dict(row) for row in shop.execute(text(re.sub(r"\$1", ":user", read)), {"user": user}).mappings()]


def _pasted(one: Cacheable, cache: Cache, shop: Connection) -> Callable[..., Any]:
    names: dict[str, Any] = {"cached": cached, "cache": cache, "ask": lambda user: _asked(shop, one.statement, user)}
    (argument,) = re.findall(r"\((\w+): ", one.code)
    exec(one.code.replace("]: ...", f"]: return ask({argument})"), names)
    return names[one.name]
