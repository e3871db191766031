from sqlalchemy import text

from celeriac.indexes.prune import PRIMARY
from celeriac.ledger import control
from config.database import ledger
from tasks import indexes, performance, pruning, results
from tasks.control import pause, resume

from .test_indexes import app, application, proposed, run, state_of  # noqa: F401 - fixtures


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


def test_the_setting_pauses_and_every_surface_says_so(configure, configured, app, application):  # noqa: F811
    configure(loop__paused="true", loop__mode="auto")
    why = "the setting CELERIAC_LOOP__PAUSED is on"
    assert run(performance.monitor)["paused"] == run(performance.stats)["paused"] == why
    change_id = proposed()
    assert run(indexes.reconcile_target)["dispatched"] == []
    assert state_of(change_id) == "proposed"
    with ledger("main") as state:  # now every process and the command line know of it
        assert control.read(state, "main").actor == control.SETTING


def test_a_setting_that_no_worker_has_any_more_is_forgotten(configure, configured, app, application):  # noqa: F811
    configure(loop__paused="true")
    run(indexes.reconcile_target)
    configure(loop__paused="false")
    run(indexes.reconcile_target)
    with ledger("main") as state:
        assert control.read(state, "main").paused  # another worker may still ask for it
        state.execute(text("UPDATE celeriac.control SET at = at - interval '6 minutes'"))
    run(indexes.reconcile_target)
    with ledger("main") as state:
        assert not control.read(state, "main").paused


def test_the_setting_renews_itself_and_leaves_a_persons_pause_alone(configure, configured, app, application):  # noqa: F811
    configure(loop__paused="true")
    run(indexes.reconcile_target)
    with ledger("main") as state:
        state.execute(text("UPDATE celeriac.control SET at = at - interval '6 minutes'"))
    run(indexes.reconcile_target)
    with ledger("main") as state:
        assert state.scalar(text("SELECT at > clock_timestamp() - interval '1 minute' FROM celeriac.control"))
        control.pause(state, "main", actor="anna", reason="an incident")
    run(indexes.reconcile_target)
    configure(loop__paused="false")
    with ledger("main") as state:
        state.execute(text("UPDATE celeriac.control SET at = at - interval '6 minutes'"))
    run(indexes.reconcile_target)
    with ledger("main") as state:
        assert control.read(state, "main").actor == "anna"
