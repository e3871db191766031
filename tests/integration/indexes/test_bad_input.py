"""Whatever goes wrong in the middle ends in a typed state with one sentence, and nothing is left behind."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from celeriac.indexes import reconcile
from celeriac.indexes.build import Failed, Interrupted, Postponed
from celeriac.indexes.index import IndexDefinition, KeyPart
from sandbox.postgres import PostgresServer
from sandbox.process import helper_user, own_folder

from .loop import TARGET, Loop, meanwhile, until

BUILDER = "SELECT pid FROM pg_stat_progress_create_index WHERE command = 'CREATE INDEX CONCURRENTLY'"
IN_NOTE = IndexDefinition("public", "jobs", (KeyPart("note", opclass="gin_trgm_ops"),), method="gin")


def test_an_extension_that_is_missing_fails_with_one_sentence(loop: Loop):
    change = loop.approved(IN_NOTE)
    loop.sql("DROP EXTENSION pg_trgm CASCADE")
    try:
        result = loop.build(change)
    finally:
        loop.sql("CREATE EXTENSION pg_trgm")
    assert isinstance(result, Failed)
    assert result.reason == 'operator class "gin_trgm_ops" does not exist for access method "gin"'
    assert (loop.now(change).state, loop.indexes()) == ("failed", [])


def test_a_backend_that_somebody_cancels_is_tried_again(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, meanwhile(lambda: loop.build(change)) as end:
        pid = until(lambda: loop.sql(BUILDER))
        loop.sql("SELECT pg_cancel_backend(:pid)", pid=pid)
        until(lambda: not loop.sql(BUILDER))
        writer.rollback()
        result = end()
    assert isinstance(result, Postponed)
    assert result.reason == "canceling statement due to user request"
    assert (result.change.attempt, loop.invalid()) == (1, 0)


@pytest.mark.parametrize(
    "migration", ["DROP TABLE jobs", "ALTER TABLE jobs RENAME TO work"], ids=["dropped", "renamed"]
)
def test_a_table_that_goes_in_the_middle_fails_and_leaves_nothing(loop: Loop, migration: str):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    result = interrupted_by(loop, change, migration)
    assert isinstance(result, Postponed | Failed | Interrupted)
    assert "\n" not in result.reason
    reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    if loop.now(change).state == "approved":
        assert isinstance(loop.build(loop.now(change)), Failed)
    assert (loop.now(change).state, loop.indexes(), loop.invalid()) == ("failed", [], 0)


def test_a_column_whose_type_changes_in_the_middle_leaves_nothing_invalid(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    interrupted_by(loop, change, "ALTER TABLE jobs ALTER COLUMN user_id TYPE text")
    reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    # ALTER TYPE builds every index of the column anew: what we had begun may come out of it valid, and then is ours.
    there = {"approved": 0, "settling": 1}[loop.now(change).state]
    assert (len(loop.indexes()), loop.invalid()) == (there, 0)


def interrupted_by(loop: Loop, change, migration: str):
    """Build while a writer holds the build up and a migration comes to wait behind both."""
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, meanwhile(lambda: loop.build(change)) as end:
        until(lambda: loop.sql(BUILDER))
        with meanwhile(lambda: loop.sql(migration)) as migrated:
            until(lambda: not loop.sql(BUILDER))
            writer.rollback()
            migrated()
        return end()


@pytest.fixture
def full_disk(loop: Loop, postgres_server: PostgresServer, tmp_path: Path) -> Iterator[str]:
    """A tablespace of 256 kB, which the DDL session builds in."""
    mount = shutil.which("mount")
    if mount is None or postgres_server.process is None:
        pytest.skip("a small file system cannot be mounted here")
    folder = own_folder(Path("/tmp"), f"celeriac-full-{tmp_path.name}", helper_user())
    stat = folder.stat()
    options = f"size=256k,mode=0700,uid={stat.st_uid},gid={stat.st_gid}"
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True
    ).returncode:
        folder.rmdir()
        pytest.skip("a small file system cannot be mounted here")
    try:
        session = loop.sessions.ddl
        session.execute(text(f"CREATE TABLESPACE celeriac_full LOCATION '{folder}'"))
        session.execute(text("SET default_tablespace = celeriac_full"))
        yield "celeriac_full"
        session.execute(text("RESET default_tablespace"))
        session.execute(text("DROP TABLESPACE celeriac_full"))
    finally:
        subprocess.run(["umount", folder], check=False, capture_output=True)
        folder.rmdir()


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_postpones_and_leaves_nothing(loop: Loop):
    result = loop.build(loop.approved(IndexDefinition("public", "jobs", (KeyPart("id"), KeyPart("status")))))
    assert isinstance(result, Postponed)
    assert "No space left on device" in result.reason
    assert (result.change.state, loop.indexes()) == ("approved", [])
