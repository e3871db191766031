"""The words in which the tests of drops speak."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from celeriac.indexes import drop, prune
from celeriac.indexes.drop import propose, run
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.policy import PrunePolicy
from celeriac.ledger import clock
from celeriac.ledger.changes import Change
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy

from ..loop import BY_USER as BY_USER_DEFINITION
from ..loop import TARGET, Loop
from ..test_prune import AGE, SHIFT

POLICY = PrunePolicy(min_reads_per_day=0.0, min_writes_per_day=0.0)
BY_USER = "CREATE INDEX jobs_user ON jobs (user_id)"
WIDER = "CREATE INDEX jobs_user_status ON jobs (user_id, status)"


def findings(loop: Loop) -> tuple[tuple[prune.Found, ...], prune.Findings]:
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        indexes = prune.observe(ledger, TARGET, connection, {}, POLICY)
        return indexes, prune.examine(ledger, TARGET, indexes, (), POLICY)


def watched(loop: Loop) -> None:
    """Let two cycles pass in which every index was watched."""
    findings(loop)
    with loop.ledger() as ledger:
        ledger.execute(SHIFT)
        ledger.execute(AGE)


def proposed(loop: Loop, missed: Mapping[int, str] | None = None) -> tuple[tuple[Change, ...], dict[str, str]]:
    indexes, found = findings(loop)
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        made, refused = propose.propose_all(
            connection,
            ledger,
            TARGET,
            indexes,
            found.prunable,
            missed or {},
            actor="celeriac",
            policy=loop.policies.loop,
        )
    return made, dict(refused)


def unused(loop: Loop, ddl: str = BY_USER) -> Change:
    """A drop, approved by a person, of an index that nobody uses."""
    loop.sql(ddl)
    watched(loop)
    ((change,), _) = proposed(loop)
    return loop.approve(change, "anna")


def covered(loop: Loop) -> Change:
    """A drop, approved by a person, of an index that a longer one covers."""
    loop.sql(BY_USER)
    loop.sql(WIDER)
    ((change,), _) = proposed(loop)
    return loop.approve(change, "anna")


def captured(loop: Loop) -> int | None:
    with loop.engine.connect() as target, loop.ledger() as ledger:
        return capture(target, ledger, TARGET, StatementPolicy()).window_id


def kept(loop: Loop, definition: IndexDefinition = BY_USER_DEFINITION) -> Change:
    """An index of ours that was measured to help."""
    return loop.set_state(loop.built(definition), "kept", settled_at=clock.now())


def dropped(loop: Loop, change: Change, **given: Any) -> run.Result:
    """Drop after a window in which the statements were measured."""
    captured(loop)
    captured(loop)
    return drop.drop(loop.sessions, change, loop.policies, capture=lambda: None, **given)


def gone(loop: Loop, change: Change | None = None) -> Change:
    """A change whose index is dropped and whose statements are being measured."""
    result = dropped(loop, change or unused(loop))
    assert isinstance(result, drop.Removed), result
    return result.change


def there(loop: Loop, name: str = "jobs_user") -> bool:
    return bool(loop.sql("SELECT to_regclass(:name) IS NOT NULL", name=name))


def definition(loop: Loop, name: str = "jobs_user") -> str:
    return str(loop.sql("SELECT pg_get_indexdef(to_regclass(:name))", name=name))


def half_drop(loop: Loop, name: str = "jobs_user") -> None:
    """Begin to drop and stop in the middle: the index is invalid, ready and live."""
    with loop.engine.connect() as session, loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        session = session.execution_options(isolation_level="AUTOCOMMIT")
        session.execute(text("SET lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            session.execute(text(f"DROP INDEX CONCURRENTLY {name}"))
    assert loop.invalid() == 1


def with_drops_of_others(loop: Loop) -> Loop:
    return replace(loop, policies=replace(loop.policies, loop=replace(loop.policies.loop, drop_foreign=True)))
