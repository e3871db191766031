"""A large estate from one seed: many small tables, and the normalized statements that services send to them."""

import random
from collections.abc import Iterator

import psycopg2

SEED = 7
ROWS = 3_000
_WORDS = ("order", "invoice", "ticket", "device", "member", "parcel", "lesson", "claim", "asset", "visit")


def load(dsn: str, tables: int = 1_000) -> None:
    """Create and analyze the tables in an empty database; primary keys only."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.7)")
        for number in range(tables):
            name = table(number)
            cursor.execute(
                f"CREATE TABLE {name} AS SELECT n AS id, 1 + (random() * {ROWS - 1})::int AS owner_id,"
                " (ARRAY['new','open','held','done'])[1 + (power(random(), 3) * 4)::int % 4] AS status,"
                " now() - n * interval '7 minutes' AS created_at, (random() * 1000)::numeric(9,2) AS amount,"
                f" 'name ' || n AS name, (random() * 20)::int AS region FROM generate_series(1, {ROWS}) AS n"
            )
            cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (id)")
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def table(number: int) -> str:
    """Name the table of that number."""
    return f"{_WORDS[number % len(_WORDS)]}_{number:04d}"


def statements(count: int, tables: int = 1_000, seed: int = SEED) -> list[str]:
    """Return normalized texts, spread evenly over the tables; the same for the same seed."""
    return [text for text, _ in zip(_texts(tables, random.Random(seed)), range(count), strict=False)]


def _texts(tables: int, rng: random.Random) -> Iterator[str]:
    while True:
        for number in range(tables):
            name, other = table(number), table(rng.randrange(tables))
            yield rng.choice(
                (
                    f"SELECT * FROM {name} WHERE owner_id = $1 ORDER BY created_at DESC LIMIT $2",
                    f"SELECT count(*) FROM {name} WHERE status = $1 AND created_at > $2",
                    f"SELECT id, amount FROM {name} WHERE name = $1 /* {rng.randrange(10**6)} */",
                    f"SELECT a.id, b.status FROM {name} a JOIN {other} b USING (owner_id) WHERE a.region = $1",
                    f"UPDATE {name} SET status = $1 WHERE owner_id = $2 AND status = $3",
                    f"SELECT region, sum(amount) FROM {name} WHERE created_at BETWEEN $1 AND $2 GROUP BY region",
                    f"DELETE FROM {name} WHERE created_at < $1 AND region IN ($2, $3)",
                    f"INSERT INTO {name} (id, owner_id, status) VALUES ($1, $2, $3)",
                )
            )
