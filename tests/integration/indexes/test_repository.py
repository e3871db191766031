"""The written files run for real: the script by psql, the migrations by Alembic and Django, there and back."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.repository import partitioned, read_trees, write_alembic, write_django, write_sql

from .loop import BY_LOWER, BY_STATUS, BY_USER, Loop, recommendation

ADVICE = [
    recommendation(one)
    for one in (
        BY_USER,
        BY_STATUS,
        BY_LOWER,
        IndexDefinition("public", "jobs", (KeyPart("status", descending=True, nulls_first=False),), include=("note",)),
        IndexDefinition("public", "jobs", (KeyPart("note", opclass="gin_trgm_ops"),), method="gin"),
        IndexDefinition("public", "jobs", (KeyPart("id"),), where="note LIKE '%:x' OR note = ('a'::text || '50%')"),
    )
]
MADE = "SELECT count(*) FROM pg_index WHERE indrelid = 'jobs'::regclass AND indisvalid AND NOT indisprimary"
DEFINITIONS = (
    "SELECT string_agg(substr(indexdef, strpos(indexdef, ' USING ')), E'\\n' ORDER BY indexname) FROM pg_indexes"
    " WHERE tablename = 'jobs' AND indexname <> 'jobs_pkey'"
)


@pytest.fixture
def by_psql(loop: Loop) -> str:
    """What the script makes, definition by definition: the migrations must make the same."""
    psql = shutil.which("psql")
    if psql is None:
        pytest.skip("psql is not installed")
    run_psql(psql, loop, write_sql(ADVICE))
    assert loop.sql(MADE) == len(ADVICE)
    made = loop.sql(DEFINITIONS)
    undo = write_sql(ADVICE).partition("-- To undo:\n")[2].replace("-- ", "")
    run_psql(psql, loop, undo)
    assert loop.sql(MADE) == 0
    return made


NESTED = """
    CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
    CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
        PARTITION BY LIST (kind);
    CREATE TABLE events_new_a PARTITION OF events_new FOR VALUES IN ('a');
    CREATE TABLE "events new: b" PARTITION OF events_new DEFAULT;
"""
ON_EVENTS = recommendation(IndexDefinition("public", "events", (KeyPart("kind"),), where="kind <> ':x'"))
VALID = """
    SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indisvalid AND c.relname ~ '^events' AND (c.relkind = 'I') = :parents
"""


@pytest.fixture
def events(loop: Loop) -> dict:
    """A table whose partitions are partitioned, as the advisor's files learn of it."""
    loop.sql(NESTED)
    with loop.engine.connect() as connection:
        return dict(read_trees(connection, [ON_EVENTS, recommendation(BY_USER)]))


def valid(loop: Loop) -> tuple[int, int]:
    """How many indexes of partitioned tables, and of partitions, are valid."""
    return loop.sql(VALID, parents=True), loop.sql(VALID, parents=False)


def test_only_partitioned_tables_have_trees(events):
    assert list(events) == [("public", "events")]


def test_the_script_builds_each_partition_and_attaches_it(loop: Loop, events):
    psql = shutil.which("psql")
    if psql is None:
        pytest.skip("psql is not installed")
    script = write_sql([ON_EVENTS], events)
    assert 'CONCURRENTLY "events_kind' not in script  # but for the comment, of the parent nothing is concurrent
    run_psql(psql, loop, script)
    assert valid(loop) == (2, 3)
    loop.sql("CREATE TABLE events_next PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    assert valid(loop) == (2, 4)
    run_psql(psql, loop, script.partition("-- To undo:\n")[2].replace("-- ", ""))
    assert valid(loop) == (0, 0)


@pytest.mark.parametrize("done", [1, 2, 3, 4, 6])
def test_whatever_failed_half_way_can_be_undone(loop: Loop, events, done: int):
    found = partitioned.of(ON_EVENTS, events)
    autocommit = loop.sessions.ddl
    for statement in found.make[:done]:
        autocommit.exec_driver_sql(statement)
    for statement in found.undo:
        autocommit.exec_driver_sql(statement)
    assert loop.sql("SELECT count(*) FROM pg_class WHERE relname ~ '^events' AND relkind IN ('i', 'I')") == 0


def test_alembic_builds_each_partition_and_attaches_it(loop: Loop, events, tmp_path: Path):
    config = alembic(loop, tmp_path, write_alembic([ON_EVENTS, recommendation(BY_USER)], trees=events))
    command.upgrade(config, "head")
    assert (valid(loop), loop.sql(MADE)) == ((2, 3), 1)
    command.downgrade(config, "base")
    assert (valid(loop), loop.sql(MADE)) == ((0, 0), 0)


def test_django_builds_each_partition_and_attaches_it(loop: Loop, events, tmp_path: Path):
    pytest.importorskip("django")
    django(tmp_path, write_django([ON_EVENTS], trees=events))
    migrate_with_django(loop, tmp_path, "shop")
    assert valid(loop) == (2, 3)
    migrate_with_django(loop, tmp_path, "shop", "zero")
    assert valid(loop) == (0, 0)


def test_a_foreign_partition_leaves_the_index_out_with_its_reason(loop: Loop, events):
    ((name, nodes),) = events.items()
    trees = {name: (*nodes[:-1], replace(nodes[-1], kind="f"))}
    for write in (write_sql, write_alembic, write_django):
        written = write([ON_EVENTS], trees=trees)
        assert "Left out: partition public.events_new_a is a foreign table" in written
        assert "CREATE INDEX" not in written


def test_alembic_makes_and_undoes_the_same_as_the_script(loop: Loop, by_psql: str, tmp_path: Path):
    config = alembic(loop, tmp_path, write_alembic(ADVICE))
    command.upgrade(config, "head")
    assert loop.sql(DEFINITIONS) == by_psql
    command.downgrade(config, "base")
    assert loop.sql(MADE) == 0


def test_django_makes_and_undoes_the_same_as_the_script(loop: Loop, by_psql: str, tmp_path: Path):
    pytest.importorskip("django")
    django(tmp_path, write_django(ADVICE))
    migrate_with_django(loop, tmp_path, "shop")
    assert loop.sql(DEFINITIONS) == by_psql
    migrate_with_django(loop, tmp_path, "shop", "zero")
    assert loop.sql(MADE) == 0


def alembic(loop: Loop, folder: Path, migration: str) -> Config:
    (folder / "versions").mkdir()
    (folder / "versions" / "celeriac.py").write_text(migration)
    (folder / "env.py").write_text(
        "from alembic import context\nfrom sqlalchemy import create_engine\n"
        "with create_engine(context.config.attributes['url']).connect() as connection:\n"
        "    context.configure(connection, transaction_per_migration=True)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    )
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = loop.engine.url
    return config


def django(folder: Path, migration: str) -> None:
    migrations = folder / "shop" / "migrations"
    migrations.mkdir(parents=True)
    for package in (migrations.parent, migrations):
        (package / "__init__.py").touch()
    (migrations / "0001_indexes.py").write_text(migration)


def migrate_with_django(loop: Loop, folder: Path, *arguments: str) -> None:
    url = loop.engine.url
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username,
        "PASSWORD": url.password or "",
        "HOST": url.host or url.query.get("host", ""),
        "PORT": str(url.port or url.query.get("port", "")),
    }
    program = (
        "import django\nfrom django.conf import settings\nfrom django.core.management import call_command\n"
        f"settings.configure(INSTALLED_APPS=['shop'], DATABASES={{'default': {database!r}}})\n"
        f"django.setup()\ncall_command('migrate', *{arguments!r})\n"
    )
    script = folder / "migrate.py"
    script.write_text(program)
    done = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def run_psql(psql: str, loop: Loop, script: str) -> None:
    url = loop.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    command_line = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    done = subprocess.run(command_line, input=script, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
