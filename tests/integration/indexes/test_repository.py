"""The written files run for real: the script by psql, the migrations by Alembic and Django, there and back."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.repository import write_alembic, write_django, write_sql

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


def test_alembic_makes_and_undoes_the_same_as_the_script(loop: Loop, by_psql: str, tmp_path: Path):
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "celeriac.py").write_text(write_alembic(ADVICE))
    (tmp_path / "env.py").write_text(
        "from alembic import context\nfrom sqlalchemy import create_engine\n"
        "with create_engine(context.config.attributes['url']).connect() as connection:\n"
        "    context.configure(connection, transaction_per_migration=True)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    )
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    config.attributes["url"] = loop.engine.url
    command.upgrade(config, "head")
    assert loop.sql(DEFINITIONS) == by_psql
    command.downgrade(config, "base")
    assert loop.sql(MADE) == 0


def test_django_makes_and_undoes_the_same_as_the_script(loop: Loop, by_psql: str, tmp_path: Path):
    pytest.importorskip("django")
    migrations = tmp_path / "shop" / "migrations"
    migrations.mkdir(parents=True)
    for package in (migrations.parent, migrations):
        (package / "__init__.py").touch()
    (migrations / "0001_indexes.py").write_text(write_django(ADVICE))
    migrate_with_django(loop, tmp_path, "shop")
    assert loop.sql(DEFINITIONS) == by_psql
    migrate_with_django(loop, tmp_path, "shop", "zero")
    assert loop.sql(MADE) == 0


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
