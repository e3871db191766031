import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, select, text

from celeriac.ledger.models.measurements import MetricRollup, MetricSample, MetricSeries
from celeriac.metrics import history
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.prune import prune
from celeriac.metrics.roll_up import roll_up
from celeriac.metrics.sample import Metric

DEPTH = Metric("celeriac_depth", "gauge", "1", "How deep.", ("well",))
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)
POLICY = MetricsPolicy()


def put(ledger, value, at, well="one"):
    return history.record(ledger, "main", (DEPTH.of(value, well=well),), at=at)


def read(ledger, step, **options):
    bounds = {"since": NOON - timedelta(days=30), "until": NOON + timedelta(days=30)} | options
    return history.read(ledger, "main", "celeriac_depth", step=step, **bounds)


def rows(ledger, model):
    return ledger.execute(select(model.__table__).order_by(*model.__table__.primary_key)).all()


def count(ledger, model, *conditions):
    return ledger.scalar(select(func.count()).select_from(model).where(*conditions))


def test_nothing_is_recorded_of_nothing(ledger):
    assert put(ledger, None, NOON) == 0
    assert count(ledger, MetricSeries) == 0


def test_a_series_is_made_once_and_labels_tell_series_apart(ledger):
    for minute in range(3):
        put(ledger, minute, NOON + timedelta(minutes=minute), "one")
    put(ledger, 9, NOON, "two")
    assert count(ledger, MetricSeries) == 2
    assert ledger.scalar(select(func.max(MetricSeries.id))) == 2  # no number is burnt by conflicts
    one, two = read(ledger, "sample")
    assert (one.labels, [point.last for point in one.points]) == ({"well": "one"}, [0, 1, 2])
    assert [series.labels for series in read(ledger, "sample", labels={"well": "two"})] == [two.labels]


def test_a_round_has_one_instant_of_the_databases_clock(ledger):
    samples = [DEPTH.of(1, well="one"), DEPTH.of(2, well="two"), DEPTH.of(3, well="two")]
    assert history.record(ledger, "main", samples) == 2
    assert ledger.scalar(select(func.count(MetricSample.at.distinct()))) == 1
    assert {(one.labels["well"], one.value) for one in history.latest(ledger, "main", POLICY)} == {
        ("one", 1),
        ("two", 3),
    }


def test_an_old_value_is_not_the_latest(ledger):
    put(ledger, 1, NOON)
    assert history.latest(ledger, "main", POLICY) == ()


def test_two_recorders_of_a_new_series_lose_no_sample(ledger, ledger_url):
    engine = create_engine(ledger_url)
    start = threading.Barrier(2)

    def run(second):
        with engine.begin() as connection:
            start.wait(5)
            put(connection, second, NOON + timedelta(seconds=second))

    threads = [threading.Thread(target=run, args=(second,)) for second in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    engine.dispose()
    assert [point.last for point in read(ledger, "sample")[0].points] == [1, 2]


def test_minutes_hours_and_days_hold_exact_sums(ledger):
    for minute in range(180):
        put(ledger, minute, NOON + timedelta(minutes=minute))
        put(ledger, minute + 1, NOON + timedelta(minutes=minute, seconds=30))
    assert roll_up(ledger, "main", now=MIDNIGHT + timedelta(hours=1)) == {"minute": 180, "hour": 3, "day": 1}
    (minutes,), (hours,), (days,) = (read(ledger, step) for step in ("minute", "hour", "day"))
    assert minutes.points[5] == history.Point(NOON + timedelta(minutes=5), 5.5, 5, 6, 6)
    assert hours.points[1] == history.Point(NOON + timedelta(hours=1), 90.0, 60, 120, 120)
    assert days.points == (history.Point(NOON - timedelta(hours=12), 90.0, 0, 180, 180),)


def test_rolling_up_again_changes_nothing(ledger):
    for minute in range(150):
        put(ledger, minute, NOON + timedelta(minutes=minute))
    roll_up(ledger, "main", now=MIDNIGHT)
    before = rows(ledger, MetricRollup)
    roll_up(ledger, "main", now=MIDNIGHT)
    assert rows(ledger, MetricRollup) == before


def test_a_step_under_way_waits_until_it_is_complete(ledger):
    put(ledger, 1, NOON + timedelta(seconds=5))
    assert roll_up(ledger, "main", now=NOON + timedelta(seconds=59))["minute"] == 0
    assert roll_up(ledger, "main", now=NOON + timedelta(seconds=60))["minute"] == 1


def test_a_sample_that_came_late_is_still_folded(ledger):
    put(ledger, 1, NOON + timedelta(minutes=4))
    roll_up(ledger, "main", now=NOON + timedelta(minutes=5))
    put(ledger, 7, NOON + timedelta(minutes=1))
    roll_up(ledger, "main", now=NOON + timedelta(minutes=6))
    assert [point.last for point in read(ledger, "minute")[0].points] == [7, 1]


def test_targets_keep_their_histories_apart(ledger):
    put(ledger, 1, NOON)
    history.record(ledger, "other", (DEPTH.of(2, well="one"),), at=NOON)
    roll_up(ledger, "main", now=MIDNIGHT)
    assert count(ledger, MetricRollup, MetricRollup.step == "minute") == 1
    prune(ledger, "other", replace(POLICY, keep_samples=timedelta(0)))
    assert [
        series.points[0].last
        for series in history.read(ledger, "other", "celeriac_depth", since=NOON, until=MIDNIGHT, step="sample")
    ] == [2]


def test_what_is_not_rolled_up_is_never_pruned(ledger):
    put(ledger, 1, NOON)
    assert prune(ledger, "main", POLICY)["sample"] == 0
    assert read(ledger, "sample") != ()


def test_pruning_keeps_what_each_step_is_to_keep(ledger):
    for day in range(3):
        put(ledger, day, NOON + timedelta(days=day))
    roll_up(ledger, "main", now=NOON + timedelta(days=5))
    gone = prune(ledger, "main", replace(POLICY, keep_days=timedelta(days=100_000)))
    # of the newest two days something may still be folded again
    assert gone == {"sample": 2, "minute": 2, "hour": 1, "day": 0, "series": 0}
    assert [point.last for point in read(ledger, "day")[0].points] == [0, 1, 2]


def test_pruning_goes_in_pieces(ledger):
    for minute in range(30):
        put(ledger, minute, NOON + timedelta(minutes=minute))
    roll_up(ledger, "main", now=MIDNIGHT)
    policy = replace(POLICY, rows_per_delete=10)
    assert [prune(ledger, "main", policy)["sample"] for _ in range(3)] == [10, 10, 4]


def test_a_series_without_a_value_goes(ledger):
    put(ledger, 1, NOON)
    ledger.execute(text("DELETE FROM celeriac.metric_sample"))
    assert prune(ledger, "main", POLICY)["series"] == 1
    assert count(ledger, MetricSeries) == 0


@pytest.mark.parametrize(
    ("span", "step"), [(timedelta(hours=1), "minute"), (timedelta(days=7), "hour"), (timedelta(days=5000), "day")]
)
def test_the_step_follows_the_span(span, step):
    assert history.finest_step(span) == step
