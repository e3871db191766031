"""Before each destructive statement reaches the server, the ledger holds what was intended and how it is undone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event, text

from celeriac.indexes import drop, revert
from tests.integration.indexes.drop.test_restore import begun
from tests.integration.indexes.drop.words import covered, definition, dropped, gone
from tests.integration.indexes.loop import BY_USER, Loop

ROW = "SELECT state, undo_ddl, ddl, index_name FROM celeriac.change ORDER BY state_since DESC LIMIT 1"
DESTRUCTIVE = re.compile(r"\A(CREATE|DROP) (/\*.*?\*/ )?INDEX CONCURRENTLY")


@contextmanager
def noted(loop: Loop) -> Iterator[list[tuple[str, str, str, str]]]:
    """Note, for each statement that makes or takes an index, what a stranger would read in the ledger just before."""
    seen = []

    def before(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if DESTRUCTIVE.match(statement):
            with loop.engine.connect() as stranger:
                seen.append((statement.split()[0], *stranger.execute(text(ROW)).one()[:3]))

    event.listen(loop.sessions.ddl, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(loop.sessions.ddl, "before_cursor_execute", before)


def test_a_build_and_its_undoing_are_written_down_first(loop: Loop):
    with noted(loop) as seen:
        change = loop.built(BY_USER)
        revert.revert(loop.sessions, change, loop.policies, reason="a test")
    undo, made = change.undo_ddl, change.ddl
    assert seen == [("CREATE", "building", undo, made), ("DROP", "reverting", undo, made)]


def test_what_the_ledger_says_undoes_a_build_does(loop: Loop):
    change = loop.built(BY_USER)
    loop.sessions.ddl.execute(text(change.undo_ddl))
    assert loop.indexes() == []


def test_a_drop_is_written_down_with_the_very_index_that_goes(loop: Loop):
    change = covered(loop)
    was = definition(loop)
    with noted(loop) as seen:
        assert isinstance(dropped(loop, change), drop.Removed)
    ((verb, state, undo, _),) = seen
    assert (verb, state) == ("DROP", "dropping")
    loop.sessions.ddl.execute(text(undo))
    assert definition(loop) == was


def test_so_is_its_restoration(loop: Loop):
    change = begun(loop, gone(loop, covered(loop)))
    with noted(loop) as seen:
        assert isinstance(drop.restore(loop.sessions, change, loop.policies), drop.Restored)
    assert [(verb, state) for verb, state, *_ in seen] == [("CREATE", "restoring")]
