"""A generated analytic suite: a snowflake schema of a retailer and a hundred many-join statements, all from one seed.

Three facts refer to shared dimensions, and dimensions to their own (product -> brand -> maker, customer -> city ->
country), so that join orders matter. Statements are drawn from five shapes: plain star joins, common table expressions
that compare two periods, set operations between channels, semi-joins, and top-n lists over aggregates.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import psycopg2

SEED = 20_240_917


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension: how to reach it, and what its columns are filtered and grouped by."""

    table: str
    prefix: str
    rows: int
    columns: str
    """SELECT list over generate_series `n`, after the key."""
    filters: tuple[str, ...]
    groups: tuple[str, ...]
    parent: str | None = None


DIMENSIONS = {
    dimension.prefix: dimension
    for dimension in (
        Dimension(
            "country",
            "co",
            60,
            "'country ' || n AS co_name, (n % 7)::int AS co_zone",
            ("co_zone = {1}", "co_name = 'country {60}'"),
            ("co_zone", "co_name"),
        ),
        Dimension(
            "city",
            "ci",
            2_000,
            "'city ' || n AS ci_name, 1 + (n * 37 % 60) AS ci_country, (random() * 5e6)::int AS ci_people",
            ("ci_people > 4{9}00000", "ci_name IN ('city {2000}', 'city {2000}', 'city {2000}')"),
            ("ci_name",),
            "co",
        ),
        Dimension(
            "customer",
            "cu",
            60_000,
            "'customer ' || n AS cu_name, 1 + (power(random(), 3) * 1999)::int AS cu_city,"
            " (ARRAY['private','trade','staff'])[1 + (power(random(), 2) * 3)::int % 3] AS cu_kind,"
            " date '1940-01-01' + (random() * 25000)::int AS cu_born",
            ("cu_kind = 'staff'", "cu_kind = 'trade'", "cu_born BETWEEN date '19{4}6-01-01' AND date '19{4}6-04-30'"),
            ("cu_kind",),
            "ci",
        ),
        Dimension(
            "maker",
            "ma",
            300,
            "'maker ' || n AS ma_name, (n % 12)::int AS ma_grade",
            ("ma_grade = {12}",),
            ("ma_grade", "ma_name"),
        ),
        Dimension(
            "brand",
            "br",
            1_200,
            "'brand ' || n AS br_name, 1 + (n * 13 % 300) AS br_maker",
            ("br_name = 'brand {1200}'",),
            ("br_name",),
            "ma",
        ),
        Dimension(
            "product",
            "pr",
            20_000,
            "'product ' || n AS pr_name, 1 + (power(random(), 2) * 1199)::int AS pr_brand,"
            " 'family ' || (n % 40) AS pr_family, (random() * 900 + 5)::numeric(9,2) AS pr_price,"
            " (ARRAY['S','M','L','XL'])[1 + n % 4] AS pr_size",
            (
                "pr_family = 'family {40}'",
                "pr_price BETWEEN {9}00 AND {9}40",
                "pr_size = 'XL' AND pr_family LIKE 'family 1%'",
            ),
            ("pr_family", "pr_size"),
            "br",
        ),
        Dimension(
            "shop",
            "sh",
            800,
            "'shop ' || n AS sh_name, 1 + (n * 7 % 2000) AS sh_city, (random() * 4000)::int AS sh_area",
            ("sh_area > 38{9}0",),
            ("sh_name",),
            "ci",
        ),
        Dimension(
            "campaign",
            "ca",
            500,
            "'campaign ' || n AS ca_name, (n % 5)::int AS ca_medium, (n % 2 = 0) AS ca_paid",
            ("ca_medium = {5}", "ca_paid", "ca_name = 'campaign {500}'"),
            ("ca_medium",),
        ),
        Dimension(
            "day",
            "da",
            2_200,
            "date '2019-01-01' + n::int AS da_date, extract(year FROM date '2019-01-01' + n::int)::int AS da_year,"
            " extract(month FROM date '2019-01-01' + n::int)::int AS da_month,"
            " extract(isodow FROM date '2019-01-01' + n::int)::int AS da_weekday",
            (
                "da_year = 202{5} AND da_month = 1{3}",
                "da_year = 202{5} AND da_month IN ({9}, 1{3})",
                "da_year = 202{5} AND da_weekday = {7}",
            ),
            ("da_year", "da_month"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with the dimensions that it refers to."""

    table: str
    prefix: str
    rows: int
    refers: tuple[str, ...]
    measures: tuple[str, ...]
    filters: tuple[str, ...]


FACTS = (
    Fact(
        "sale",
        "sa",
        500_000,
        ("cu", "pr", "sh", "ca", "da"),
        ("sa_amount", "sa_pieces"),
        ("sa_amount > 9{9}0", "sa_pieces = 1{9}", "sa_channel = 'phone'"),
    ),
    Fact(
        "refund",
        "re",
        80_000,
        ("cu", "pr", "sh", "da"),
        ("re_amount", "re_pieces"),
        ("re_reason = 'reason {30}'", "re_amount > 8{9}0"),
    ),
    Fact(
        "visit",
        "vi",
        400_000,
        ("cu", "ca", "da", "pr"),
        ("vi_seconds", "vi_pages"),
        ("vi_pages > 2{9}", "vi_device = 'tablet'"),
    ),
)
_EXTRA = {
    "sa": "(random() * 1000)::numeric(9,2) AS sa_amount, 1 + (power(random(), 3) * 19)::int AS sa_pieces,"
          " (ARRAY['shop','web','app','phone'])[1 + (power(random(), 2) * 4)::int % 4] AS sa_channel,"
    " md5(n::text) AS sa_receipt",
    "re": "(random() * 900)::numeric(9,2) AS re_amount, 1 + (random() * 5)::int AS re_pieces,"
          " 'reason ' || (power(random(), 2) * 30)::int AS re_reason, repeat('note ', 8) AS re_note",
    "vi": "(random() * 3000)::int AS vi_seconds, 1 + (power(random(), 4) * 30)::int AS vi_pages,"
          " (ARRAY['phone','desktop','tablet','kiosk'])[1 + (power(random(), 2) * 4)::int % 4] AS vi_device,"
    " md5(n::text) AS vi_agent",
}  # fmt: skip


def load(dsn: str) -> None:
    """Create, fill and analyze the schema in an empty database; primary keys only."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        for dimension in DIMENSIONS.values():
            _fill(cursor.execute, dimension.table, dimension.prefix, dimension.rows, dimension.columns)
        for fact in FACTS:
            referred = [DIMENSIONS[prefix] for prefix in fact.refers]
            keys = ", ".join(
                f"1 + (power(random(), 2) * {dimension.rows - 1})::int AS {fact.prefix}_{dimension.table}"
                for dimension in referred
            )
            _fill(cursor.execute, fact.table, fact.prefix, fact.rows, f"{keys}, {_EXTRA[fact.prefix]}")
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def statements(count: int = 100, seed: int = SEED) -> list[str]:
    """Return `count` statements; the same for the same seed."""
    rng = random.Random(seed)
    shapes: tuple[Callable[[random.Random], str], ...] = (_star, _star, _compared, _channels, _semi, _top)
    return [shapes[number % len(shapes)](rng) for number in range(count)]


def columns() -> dict[str, str]:
    """Return every column with its table; names are unique in the schema."""
    found = {}
    for dimension in DIMENSIONS.values():
        found |= dict.fromkeys(_names(f"n AS {dimension.prefix}_id, {dimension.columns}"), dimension.table)
    for fact in FACTS:
        keys = [f"{fact.prefix}_{DIMENSIONS[prefix].table}" for prefix in fact.refers]
        found |= dict.fromkeys([f"{fact.prefix}_id", *keys, *_names(_EXTRA[fact.prefix])], fact.table)
    return found


def _fill(execute: Callable[[str], None], table: str, prefix: str, rows: int, columns: str) -> None:
    execute(f"CREATE TABLE {table} AS SELECT n AS {prefix}_id, {columns} FROM generate_series(1, {rows}) AS n")
    execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({prefix}_id)")


def _names(select_list: str) -> list[str]:
    words = select_list.replace(",", " ").split()
    return [after for word, after in pairwise(words) if word == "AS"]


def _star(rng: random.Random) -> str:
    fact, joined, where, group = _draw(rng)
    measure = rng.choice(fact.measures)
    return (
        f"SELECT {', '.join(group)}, count(*), sum({measure}) FROM {joined} WHERE {where}"
        f" GROUP BY {', '.join(group)} ORDER BY {', '.join(group)}"
    )


def _compared(rng: random.Random) -> str:
    fact, joined, where, group = _draw(rng)
    measure = rng.choice(fact.measures)
    day = f"{fact.prefix}_day"
    first = rng.randrange(100, 1900)
    periods = [
        f"SELECT {group[0]} AS part, sum({measure}) AS total FROM {joined} WHERE {where}"
        f" AND {day} BETWEEN {start} AND {start + 60} GROUP BY {group[0]}"
        for start in (first, first + 90)
    ]
    return (
        f"WITH earlier AS ({periods[0]}), later AS ({periods[1]})"
        " SELECT later.part, later.total - earlier.total AS growth"
        " FROM later JOIN earlier USING (part) ORDER BY growth DESC LIMIT 20"
    )


def _channels(rng: random.Random) -> str:
    operator = rng.choice(("UNION ALL", "INTERSECT", "EXCEPT", "UNION"))
    first, second = rng.sample(FACTS, 2)
    customer = _fill_in(rng, rng.choice(DIMENSIONS["cu"].filters))
    product = _fill_in(rng, rng.choice(DIMENSIONS["pr"].filters))
    halves = [
        f"SELECT {fact.prefix}_customer AS who FROM {fact.table} JOIN customer ON cu_id = {fact.prefix}_customer"
        f" JOIN product ON pr_id = {fact.prefix}_product WHERE {customer} AND {product}"
        f" AND {_fill_in(rng, rng.choice(fact.filters))}"
        for fact in (first, second)
    ]
    return f"SELECT count(*) FROM ({halves[0]} {operator} {halves[1]}) AS both_channels"


def _semi(rng: random.Random) -> str:
    fact = rng.choice(FACTS)
    city = _fill_in(rng, rng.choice(DIMENSIONS["ci"].filters))
    filtered = _fill_in(rng, rng.choice(fact.filters))
    product = _fill_in(rng, rng.choice(DIMENSIONS["pr"].filters))
    negated = rng.choice(("", "NOT "))
    return (
        "SELECT cu_kind, count(*) FROM customer JOIN city ON ci_id = cu_city JOIN country ON co_id = ci_country"
        f" WHERE {city} AND {negated}EXISTS (SELECT 1 FROM {fact.table} JOIN product ON pr_id = {fact.prefix}_product"
        f" WHERE {fact.prefix}_customer = cu_id AND {filtered} AND {product}) GROUP BY cu_kind"
    )


def _top(rng: random.Random) -> str:
    fact = rng.choice(FACTS)
    filtered = _fill_in(rng, rng.choice(fact.filters))
    product = _fill_in(rng, rng.choice(DIMENSIONS["pr"].filters))
    maker = _fill_in(rng, rng.choice(DIMENSIONS["ma"].filters))
    return (
        f"SELECT pr_name, br_name, best FROM (SELECT {fact.prefix}_product AS which, max({fact.measures[0]}) AS best"
        f" FROM {fact.table} WHERE {filtered} GROUP BY {fact.prefix}_product) AS bests JOIN product ON pr_id = which"
        f" JOIN brand ON br_id = pr_brand JOIN maker ON ma_id = br_maker WHERE {product} AND {maker}"
        " ORDER BY best DESC, pr_name LIMIT 10"
    )


def _draw(rng: random.Random) -> tuple[Fact, str, str, list[str]]:
    fact = rng.choice(FACTS)
    reached = rng.sample(fact.refers, rng.randint(2, len(fact.refers)))
    joins, present = [fact.table], []
    for prefix in reached:
        on, current = f"{fact.prefix}_{DIMENSIONS[prefix].table}", prefix
        while current not in present:
            joins.append(f"JOIN {DIMENSIONS[current].table} ON {current}_id = {on}")
            present.append(current)
            parent = DIMENSIONS[current].parent
            if parent is None or rng.random() < 0.35:
                break
            on, current = f"{current}_{DIMENSIONS[parent].table}", parent
    filtered = rng.sample(present, min(len(present), rng.randint(1, 3)))
    where = [_fill_in(rng, rng.choice(DIMENSIONS[prefix].filters)) for prefix in filtered]
    if rng.random() < 0.4:
        where.append(_fill_in(rng, rng.choice(fact.filters)))
    groups = [rng.choice(DIMENSIONS[prefix].groups) for prefix in rng.sample(present, min(2, len(present)))]
    return fact, " ".join(joins), " AND ".join(where), groups


def _fill_in(rng: random.Random, template: str) -> str:
    """Replace each {n} by a number below n."""
    parts = template.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        bound, rest = part.split("}", 1)
        filled.append(f"{rng.randrange(int(bound))}{rest}")
    return "".join(filled)
