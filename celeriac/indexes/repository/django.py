"""A Django migration.

RunSQL rather than AddIndexConcurrently: only the repository knows which model a table belongs to, and operator classes,
orders and expressions stay exactly as they were costed. https://docs.djangoproject.com/en/stable/ref/migration-operations/
"""

from collections.abc import Sequence

from celeriac.errors import CeleriacError
from celeriac.indexes.index import Recommendation
from celeriac.indexes.repository.naming import comment
from celeriac.indexes.repository.partitioned import Trees, of

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


def write_django(
    recommendations: Sequence[Recommendation], after: str | None = None, trees: Trees | None = None
) -> str:
    """Write a migration file; `after` is the migration that it follows, as app_label.name; raises AfterWrong.

    `trees` holds the partitioned tables.
    """
    app, dot, name = (after or "").partition(".")
    if after and not (app and dot and name):
        raise AfterWrong(after=after)
    return _FILE.format(
        dependencies=f"({app!r}, {name!r})" if after else "",
        note="" if after else '  # name your newest migration: ("app_label", "0042_name")',
        operations="\n".join(line for one in recommendations for line in _operation(one, trees or {})),
    )


def _operation(one: Recommendation, trees: Trees) -> list[str]:
    written = of(one, trees, if_exists=True)
    lines = [f"# {line}" for line in (*comment(one), *([] if written.note is None else [written.note]))]
    if written.make:
        lines += ["migrations.RunSQL(", *_texts("sql", written.make), *_texts("reverse_sql", written.undo), "),"]
    return [f"        {line}" for line in lines]


def _texts(name: str, statements: Sequence[str]) -> list[str]:
    """Write an argument; with a list of (text, None) the driver gets no parameters: a per cent sign stays one."""
    return [f"    {name}=[", *(f"        ({statement!r}, None)," for statement in statements), "    ],"]
