from types import SimpleNamespace

from web.flower.progress import running, said

NOW = 1_000.0
ALIVE = SimpleNamespace(alive=True)


def task(name="celeriac.cache.warm", state="STARTED", started=NOW - 10, result=None, worker=ALIVE):
    return SimpleNamespace(
        uuid=f"{name}-{started}", name=name, state=state, started=started, result=result, worker=worker
    )


def test_a_task_tells_how_far_it_is():
    (one,) = running([task(state="PROGRESS", result="3/7 warmers users", started=NOW)], NOW)
    assert (one.done, one.total, one.note) == (3, 7, "warmers users")


def test_what_is_over_at_once_others_do_and_gone_workers_began_is_not_shown():
    others = [
        task(started=NOW - 0.5),
        task(name="shop.pay"),
        task(name=None),
        task(state="SUCCESS"),
        task(worker=SimpleNamespace(alive=False)),
    ]
    assert running(others, NOW) == ()


def test_the_oldest_comes_first():
    found = running([task(started=NOW - 5), task(started=NOW - 50), task(worker=None, started=NOW - 20)], NOW)
    assert [one.started for one in found] == [NOW - 50, NOW - 20, NOW - 5]


def test_a_text_that_is_no_progress_is_none():
    assert said("'done'") == (None, None, "")
    assert said(7) == (None, None, "")
