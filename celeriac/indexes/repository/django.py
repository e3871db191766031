"""A Django migration.

RunSQL rather than AddIndexConcurrently: only the repository knows which model a table belongs to, and operator classes,
orders and expressions stay exactly as they were costed. https://docs.djangoproject.com/en/stable/ref/migration-operations/
"""

from collections.abc import Sequence

from celeriac.errors import CeleriacError
from celeriac.indexes import ddl
from celeriac.indexes.index import Recommendation
from celeriac.indexes.repository.naming import comment, index_name

_FILE = '''\
"""Add the indexes that Celeriac recommends.

What fails or is cancelled leaves an invalid index: migrate back drops it, then migrate again.
"""

from django.db import migrations


class Migration(migrations.Migration):
    """Build each without blocking writers; CONCURRENTLY cannot run inside a transaction."""

    atomic = False
    dependencies = [{dependencies}]{note}
    operations = [
{operations}
    ]
'''


class AfterWrong(CeleriacError):
    """{after!r} is no Django migration; write the one to follow as app_label.migration_name: shop.0042_orders."""


def write_django(recommendations: Sequence[Recommendation], after: str | None = None) -> str:
    """Write a migration file; `after` is the migration that it follows, as app_label.name; raises AfterWrong."""
    app, dot, name = (after or "").partition(".")
    if after and not (app and dot and name):
        raise AfterWrong(after=after)
    return _FILE.format(
        dependencies=f"({app!r}, {name!r})" if after else "",
        note="" if after else '  # name your newest migration: ("app_label", "0042_name")',
        operations="\n".join(line for one in recommendations for line in _operation(one)),
    )


def _operation(one: Recommendation) -> list[str]:
    name = index_name(one.definition)
    drop = ddl.drop(one.definition.schema, name).replace("CONCURRENTLY ", "CONCURRENTLY IF EXISTS ", 1)
    lines = [
        *(f"# {line}" for line in comment(one)),
        "migrations.RunSQL(",
        # With a list of (text, None) the driver gets no parameters: a per cent sign stays one.
        f"    sql=[({ddl.create(one.definition, name)!r}, None)],",
        f"    reverse_sql=[({drop!r}, None)],",
        "),",
    ]
    return [f"        {line}" for line in lines]
