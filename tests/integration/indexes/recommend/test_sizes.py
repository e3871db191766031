"""The size model against indexes that were built."""

import pytest
from sqlalchemy import text

from celeriac.indexes import ddl
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.sizing import Sizing
from celeriac.indexes.what_if import planning
from celeriac.statements.catalog import read_catalog

BUILT = [
    ("jobs", ("user_id",), (), None),
    ("jobs", ("status",), (), None),
    ("jobs", ("created_at",), (), None),
    ("jobs", ("deleted_at",), (), None),
    ("jobs", ("title",), (), None),
    ("jobs", ("user_id", "status"), (), None),
    ("jobs", ("priority", "status"), (), None),
    ("jobs", ("status", "priority", "urgent"), (), None),
    ("jobs", ("created_at", "priority"), (), None),
    ("jobs", ("user_id",), ("priority", "status"), None),
    ("jobs", ("created_at",), (), "\"status\" = 'failed'"),
    ("users", ("email",), (), None),
    ("users", ("country", "email"), (), None),
]


@pytest.mark.parametrize(("table", "columns", "include", "where"), BUILT, ids=lambda value: str(value))
def test_the_estimate_is_within_fifteen_per_cent_of_the_built_index(shop, table, columns, include, where):
    definition = IndexDefinition("public", table, tuple(map(KeyPart, columns)), include, where)
    catalog = read_catalog(shop)
    with planning(shop, AdvisorPolicy()) as session:
        estimated = Sizing(session, catalog, AdvisorPolicy()).of([definition])[definition]
    shop.execute(text(ddl.create(definition, "measured", concurrently=False)))
    built = shop.execute(text("SELECT pg_relation_size('measured')")).scalar_one()
    shop.rollback()
    assert estimated == pytest.approx(built, rel=0.15)
