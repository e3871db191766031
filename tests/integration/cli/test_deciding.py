"""What a person decides on the command line."""

import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.indexes import build, drop, prune
from celeriac.indexes import propose as approving
from celeriac.indexes.drop import propose as surplus
from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation
from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, PrunePolicy, VerifyPolicy
from celeriac.indexes.propose import propose
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes, control
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy
from celeriac.supervision.sessions import Sessions

POLICIES = Policies(
    GuardPolicy(min_disk_free_ratio=0, max_active_backends_per_core=100),
    BuildPolicy(poll_s=0.02),
    VerifyPolicy(),
    LoopPolicy(mode="auto"),
)


@pytest.fixture
def engine(ledger_url):
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE jobs AS SELECT 1 AS owner"))
    yield engine
    engine.dispose()


@pytest.fixture
def change(engine):
    wanted = Recommendation(
        IndexDefinition("public", "jobs", (KeyPart("owner"),)), "", 8192, 0.5, 10.0, 0.0, (), "it saves a scan"
    )
    with engine.begin() as ledger:
        return propose(ledger, "main", wanted, table=None, origin="advisor", actor="test", policy=POLICIES.loop)


def now(engine, change):
    with engine.connect() as ledger:
        return changes.get(ledger, change.id, "main")


def test_a_change_that_does_not_exist_is_one_sentence(celeriac, ledger_url):
    for command in ("approve", "reject", "revert"):
        outcome = celeriac(command, "7", ledger_url)
        assert outcome.code == 1
        assert outcome.err.startswith("celeriac: There is no change 7 in the ledger of target 'main'")
        assert "Traceback" not in outcome.err


def test_approving(celeriac, ledger_url, engine, change):
    outcome = celeriac("approve", str(change.id), ledger_url)
    assert (outcome.code, now(engine, change).state) == (0, "approved")
    assert outcome.out.startswith(f"Change {change.id} is approved until 20")
    assert now(engine, change).actor.startswith("cli")


def test_rejecting(celeriac, ledger_url, engine, change):
    assert celeriac("reject", str(change.id), ledger_url, "--reason", "not now").code == 0
    assert now(engine, change).state == "rejected"


def test_what_is_not_built_cannot_be_reverted(celeriac, ledger_url, change):
    outcome = celeriac("revert", str(change.id), ledger_url, "--yes")
    assert outcome.code == 1
    assert "A change that is proposed cannot revert; it can: approve, reject, expire." in outcome.err


def test_reverting_by_one_command(celeriac, ledger_url, engine, change):
    celeriac("approve", str(change.id), ledger_url)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        sessions = Sessions(ddl, watch, engine.begin)
        assert isinstance(build.build(sessions, now(engine, change), POLICIES, capture=lambda: None), build.Built)
    outcome = celeriac("revert", str(change.id), ledger_url, "--yes")
    assert (outcome.code, now(engine, change).state) == (0, "reverted")
    assert outcome.out == f"celeriac_{change.id}_jobs_owner is gone; its definition is in quarantine.\n"


def test_the_kill_switch(celeriac, ledger_url, engine):
    assert celeriac("pause", ledger_url, "--reason", "a release").out.startswith("Paused every target")
    with engine.connect() as ledger:
        assert control.read(ledger, "main").reason == "a release"
    assert celeriac("resume", ledger_url).out == "Resumed every target.\n"
    with engine.connect() as ledger:
        assert not control.read(ledger, "main").paused


def test_a_pause_is_told_wherever_one_looks(celeriac, ledger_url):
    celeriac("pause", ledger_url, "--reason", "a release")
    assert "Every change is paused by cli" in celeriac("report", ledger_url).out
    assert celeriac("report", ledger_url, "--format", "json").json()["paused"].endswith(": a release")
    assert "every target is paused by cli" in celeriac("doctor", ledger_url).out
    assert "Paused: a release" in celeriac("ledger", ledger_url).out
    celeriac("resume", ledger_url)
    assert celeriac("report", ledger_url, "--format", "json").json()["paused"] is None
    assert "not paused" in celeriac("doctor", ledger_url).out


@pytest.fixture
def dropped(engine):
    """An index that was dropped because a longer one covers it, as change number."""
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        ddl.execute(text("CREATE INDEX jobs_owner ON jobs (owner)"))
        ddl.execute(text("CREATE INDEX jobs_twice ON jobs (owner)"))
        with engine.begin() as ledger:
            for _ in range(2):
                capture(watch, ledger, "main", StatementPolicy())
            indexes = prune.observe(ledger, "main", watch, {}, PrunePolicy())
            found = prune.examine(ledger, "main", indexes, (), PrunePolicy()).prunable
            ((one,), _) = surplus.propose_all(
                watch, ledger, "main", indexes, found, {}, actor="celeriac", policy=POLICIES.loop
            )
            one = approving.approve(ledger, one, actor="anna", policy=POLICIES.loop)
        result = drop.drop(Sessions(ddl, watch, engine.begin), one, POLICIES, capture=lambda: None)
    assert isinstance(result, drop.Removed), result
    return one


@pytest.mark.parametrize("choice", ["id", "all"])
def test_a_drop_is_undone_by_one_command(celeriac, ledger_url, engine, dropped, choice):
    which = (str(dropped.id), ledger_url) if choice == "id" else (ledger_url, "--all")
    outcome = celeriac("revert", *which, "--yes", "--reason", "a report")
    assert (outcome.code, outcome.out) == (0, "jobs_twice is there again as it was; its drop is in quarantine.\n")
    assert now(engine, dropped).state == "restored"
    again = celeriac("revert", str(dropped.id), ledger_url, "--yes")
    assert again.code == 1
    assert "A change that is restored cannot restore; it can: nothing." in again.err


def test_a_drop_that_cannot_be_undone_says_why(celeriac, ledger_url, engine, dropped):
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE jobs"))
    outcome = celeriac("revert", str(dropped.id), ledger_url, "--yes")
    assert outcome.code == 1
    assert "table public.jobs is gone, and its indexes with it" in outcome.err


def test_a_revert_that_a_writer_holds_up_says_who_goes_on(celeriac, ledger_url, engine, change):
    celeriac("approve", str(change.id), ledger_url)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        build.build(Sessions(ddl, watch, engine.begin), now(engine, change), POLICIES, capture=lambda: None)
    with engine.connect() as other, sole_maker(other, "main", "public", "jobs"):
        outcome = celeriac("revert", str(change.id), ledger_url, "--yes")
    assert outcome.code == 1
    assert outcome.err.startswith(f"celeriac: Change {change.id} is reverting, but not undone yet")
    assert "Traceback" not in outcome.err


def test_without_a_yes_nothing_is_dropped(celeriac, ledger_url, engine, change):
    outcome = celeriac("revert", str(change.id), ledger_url)
    assert outcome.code != 0
    assert now(engine, change).state == "proposed"


def test_reverting_needs_one_clear_choice(celeriac, ledger_url, change):
    for given in ((ledger_url,), (ledger_url, "--all", "--since", "2026-01-01"), (str(change.id), ledger_url, "--all")):
        outcome = celeriac("revert", *given, "--yes")
        assert outcome.code == 1
        assert "Give one of a change's number, --since and --all" in outcome.err


def test_reverting_all_and_since(celeriac, ledger_url, engine, change):
    assert celeriac("revert", ledger_url, "--all", "--yes").out == "There is no index of ours to undo.\n"
    celeriac("approve", str(change.id), ledger_url)
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        build.build(Sessions(ddl, watch, engine.begin), now(engine, change), POLICIES, capture=lambda: None)
    later = celeriac("revert", ledger_url, "--since", "2999-01-01", "--yes")
    assert later.out == "There is no index of ours to undo.\n"
    assert celeriac("revert", ledger_url, "--since", "2020-01-01", "--yes").code == 0
    assert now(engine, change).state == "reverted"
