"""A tag may name a value only where no other row can matter: too narrow a tag would serve what is no longer so."""

import pytest

from celeriac.cache.advise.tags import tags_of
from celeriac.statements.parsing import parse
from tests.unit.cache.advise.conftest import SHOP

IN_ORDERS = "FROM orders o WHERE o.user_id = u.id"


def tags(text: str) -> str:
    parsed = parse(text, SHOP)
    found = (f"{tag.table[1]}.{tag.column}" if tag.column else tag.table[1] for tag in tags_of(parsed, SHOP, {}))
    return " ".join(sorted(found))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT role FROM users WHERE id = $1", "users.id"),
        ("SELECT role FROM users WHERE id = $1 AND email = $2 AND role = $3", "users.id"),
        ("SELECT 1 FROM users u JOIN orders o ON o.user_id = u.id WHERE u.id = $1", "orders.user_id users.id"),
        ("SELECT 1 FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE u.id = $1", "orders.user_id users.id"),
        (f"SELECT (SELECT count(*) {IN_ORDERS}) FROM users u WHERE u.id = $1", "orders.user_id users.id"),
        ("SELECT 1 FROM users u JOIN orders o ON o.user_id = u.id JOIN jobs j USING (user_id) WHERE u.id = $1",
         "jobs.user_id orders.user_id users.id"),
        # What a joined or inner query demands of its own rows says nothing of the rows around it.
        ("SELECT 1 FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.user_id = $1", "orders.user_id users"),
        ("SELECT 1 FROM orders o RIGHT JOIN users u ON o.user_id = u.id AND o.user_id = $1", "orders.user_id users"),
        ("SELECT 1 FROM users u FULL JOIN orders o ON o.user_id = u.id AND u.id = $1", "orders users"),
        (f"SELECT 1 FROM users u WHERE NOT EXISTS (SELECT {IN_ORDERS} AND o.user_id = $1)", "orders.user_id users"),
        (f"SELECT (SELECT count(*) {IN_ORDERS} AND o.user_id = $1) FROM users u", "orders.user_id users"),
        (f"SELECT 1 FROM users u LEFT JOIN LATERAL (SELECT {IN_ORDERS} AND o.user_id = $1) x ON true",
         "orders.user_id users"),
        ("SELECT 1 FROM users WHERE id NOT IN (SELECT user_id FROM orders WHERE user_id = $1)", "orders.user_id users"),
        ("SELECT id FROM users WHERE id = $1 UNION SELECT user_id FROM orders", "orders users.id"),
        ("SELECT 1 FROM users a JOIN users b ON a.role = b.role WHERE a.id = $1", "users"),
        ("SELECT 1 FROM users a JOIN users b ON a.id = b.id WHERE a.id = $1", "users.id"),
        # 1 and 1.0 are equal and name two tags.
        ("SELECT 1 FROM orders WHERE total = $1", "orders"),
        # Not every row that matters has the value.
        ("SELECT 1 FROM users WHERE id = $1 OR role = $2", "users"),
        ("SELECT 1 FROM users WHERE NOT (id = $1)", "users"),
        ("SELECT 1 FROM users WHERE id = $1 + 1", "users"),
        ("SELECT 1 FROM users WHERE lower(email) = $1", "users"),
        ("SELECT count(*) FILTER (WHERE id = $1) FROM users", "users"),
    ],
)  # fmt: skip
def test_a_tag_is_as_narrow_as_is_safe(text, named):
    assert tags(text) == named


@pytest.mark.parametrize(
    "shown",
    ["progress * 2", "sum(progress)", "rank() OVER (ORDER BY progress)", "count(*) FILTER (WHERE progress > 1)", "jobs",
     "jobs.*", "CASE WHEN progress > 1 THEN 1 END", "(SELECT max(progress) FROM orders)", "progress % 2 = 0"],
)  # fmt: skip
def test_a_column_is_shown_wherever_it_stands(shown):
    (tag,) = (one for one in tags_of(parse(f"SELECT {shown} FROM jobs", SHOP), SHOP, {}) if one.table[1] == "jobs")
    assert "progress" in tag.shown
