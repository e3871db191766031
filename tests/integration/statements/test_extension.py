from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from celeriac.statements.extension import (
    ExtensionMissing,
    ExtensionNotLoaded,
    ExtensionOutdated,
    StatisticsHidden,
    find,
    layout_of,
)
from celeriac.statements.naming import name_statements
from celeriac.statements.reading import read

from .conftest import private_server

VERSIONS = ("1.8", "1.9", "1.10", "1.11", "1.12")


@pytest.fixture
def admin(database_url: str) -> Iterator[Connection]:
    with create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


@pytest.fixture
def stranger(admin: Connection, database_url: str) -> Iterator[Connection]:
    """A role that may log in and no more."""
    admin.execute(text("DROP ROLE IF EXISTS stranger"))
    admin.execute(text("CREATE ROLE stranger LOGIN"))
    engine = create_engine(make_url(database_url).set(username="stranger"), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    admin.execute(text("REVOKE pg_read_all_stats FROM stranger"))
    admin.execute(text("DROP ROLE stranger"))


def install(admin: Connection, version: str, schema: str = "public") -> None:
    admin.execute(text("DROP EXTENSION pg_stat_statements"))
    admin.execute(text(f"CREATE EXTENSION pg_stat_statements VERSION '{version}' SCHEMA {schema}"))


def test_a_missing_extension_names_the_command(admin: Connection):
    admin.execute(text("DROP EXTENSION pg_stat_statements"))

    with pytest.raises(ExtensionMissing, match="run `CREATE EXTENSION pg_stat_statements`"):
        find(admin)


def test_an_extension_that_was_never_updated_is_too_old(admin: Connection):
    install(admin, "1.7")

    with pytest.raises(ExtensionOutdated, match=r"1\.7 .* run `ALTER EXTENSION pg_stat_statements UPDATE`"):
        find(admin)


def test_a_role_that_sees_only_its_own_statements_is_told_the_grant(stranger: Connection):
    with pytest.raises(StatisticsHidden, match="GRANT pg_read_all_stats TO stranger"):
        find(stranger)


def test_the_grant_is_enough(admin: Connection, stranger: Connection):
    admin.execute(text("SELECT 'of another role'"))
    admin.execute(text("GRANT pg_read_all_stats TO stranger"))

    assert read(stranger, find(stranger)).entries


def test_a_library_that_is_not_loaded_asks_for_a_restart():
    with private_server({"shared_preload_libraries": "", "pg_stat_statements.max": "100"}) as server:
        engine = create_engine(server.url(), poolclass=NullPool)
        with engine.connect() as connection, pytest.raises(ExtensionNotLoaded, match="shared_preload_libraries"):
            find(connection)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_layout_is_read_from_any_schema(admin: Connection, version: str):
    offered = "SELECT version FROM pg_available_extension_versions WHERE name = 'pg_stat_statements'"
    if version not in admin.scalars(text(offered)).all():
        pytest.skip(f"this server has no pg_stat_statements {version}")
    admin.execute(text('CREATE SCHEMA "odd:Schema"'))
    install(admin, version, '"odd:Schema"')
    admin.execute(text("SELECT count(*) FROM pg_class WHERE relpages > 77"))

    extension = find(admin)
    reading = read(admin, extension)
    names = name_statements(admin, extension, reading.entries, {}, 1000)

    assert extension.layout == layout_of(version)
    measured = next(one for one in names.met.values() if "relpages >" in one.text)
    key = next(key for key, name in names.fingerprints.items() if name == measured.fingerprint)
    assert reading.entries[key].counters.calls == 1
    assert reading.entries[key].counters.rows == 1
    assert (reading.server.stats_reset is None) == (version == "1.8")
    assert (reading.entries[key].since is not None) == (extension.layout >= 170_000)
