from sqlalchemy import text

from celeriac.indexes.prune import PRIMARY
from celeriac.ledger import control
from config.database import ledger
from tasks import performance, pruning, results
from tasks.control import pause, resume

from .test_indexes import app, application, run  # noqa: F401 - fixtures


def test_one_task_pauses_a_target_and_another_lifts_it(configured, app):  # noqa: F811
    run(pause, actor="on call", reason="a release")
    with ledger("main") as state:
        held = control.read(state, "main")
    assert (held.paused, held.actor, held.reason) == (True, "on call", "a release")
    assert run(performance.stats)["paused"] == "a release"
    assert run(resume)["status"] == "resumed"
    assert run(performance.stats)["paused"] is None


def test_a_pause_of_every_target_is_not_lifted_by_one(configured, app):  # noqa: F811
    with ledger("main") as state:
        control.pause(state, actor="on call", reason="an incident")
    outcome = run(resume)
    assert (outcome["status"], outcome["reason"]) == ("paused", "an incident")


def test_what_could_go_is_published_and_nothing_is_dropped(configured, app, application):  # noqa: F811
    application.execute(text("CREATE INDEX jobs_owner ON jobs (owner)"))
    application.execute(text("CREATE INDEX jobs_both ON jobs (owner, id)"))
    assert run(pruning.prune)["prunable"] == 1
    (found,) = results.latest("prunable", "main")["prunable"]
    assert found["why"] == "prefix"
    assert found["sentence"].endswith("public.jobs_both begins with the same keys")
    assert found["ddl"] == "CREATE INDEX jobs_owner ON public.jobs USING btree (owner)"
    assert application.scalar(text("SELECT to_regclass('jobs_owner') IS NOT NULL"))
    with ledger("main") as state:
        servers = state.scalars(text("SELECT DISTINCT server FROM celeriac.index_usage")).all()
    assert servers == [PRIMARY]
