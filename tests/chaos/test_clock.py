"""Time is judged by the database's clock alone: a worker whose clock is wrong by years decides as every other."""

import ast
import time
from pathlib import Path

import pytest

import celeriac
from celeriac.indexes import settle
from celeriac.ledger import clock
from tests.integration.indexes.loop import TARGET, Loop

ROOT = Path(celeriac.__file__).parent
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
MODULES = [path for part in ("indexes", "ledger") for path in sorted((ROOT / part).rglob("*.py"))]


def asked(module: Path) -> set[tuple[str, str]]:
    """Return which of the machine's clocks a module asks."""
    return {
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    } & CLOCKS


def test_nothing_that_decides_about_a_change_asks_the_machine_for_the_time():
    assert len(MODULES) > 100
    assert {str(module.relative_to(ROOT)): asked(module) for module in MODULES if asked(module)} == {}


@pytest.mark.parametrize("years", [-10, 10])
def test_a_worker_of_another_decade_settles_what_is_due_and_nothing_else(loop: Loop, monkeypatch, years):
    wrong = time.time() + years * 365 * 86_400
    monkeypatch.setattr(time, "time", lambda: wrong)
    change = loop.built()
    due = loop.set_state(change, "settling", deadline=clock.now())
    with loop.ledger() as ledger:
        assert [one.id for one in settle.advance(ledger, TARGET, loop.policies.verify)] == [due.id]
    loop.sql("UPDATE celeriac.change SET state = 'settling', deadline = clock_timestamp() + interval '1 hour'")
    with loop.ledger() as ledger:
        assert settle.advance(ledger, TARGET, loop.policies.verify) == ()
        assert 0 <= clock.seconds_since(ledger, loop.now(change).built_at) < 60
