"""Kill -9 of the builder, or of its backend, at steps of each work: ledger and catalog agree, and it is done once.

`make bench-loop` does so a hundred times, at every step.
"""

import random

import pytest

from benchmarks.loop import killed
from benchmarks.loop.stage import SEED, opened
from benchmarks.loop.victim import RUNNING, STEPS

pytestmark = pytest.mark.slow

CASES = (
    ("build", "baselined", "process"),
    ("build", RUNNING, "process"),
    ("build", "DDL returned", "process"),
    ("build", "settling not committed", "process"),
    ("revert", "before the drop", "process"),
    ("drop", "before it is measured", "process"),
    ("restore", "DDL returned", "backend"),
)


@pytest.fixture
def url(ledger_url: str) -> str:
    with opened(ledger_url, dsn(ledger_url)) as one:
        killed.load(one)
    return ledger_url


def dsn(url: str) -> str:
    return url.replace("+psycopg2", "")


@pytest.mark.parametrize(("kind", "step", "way"), CASES, ids=[" ".join(case) for case in CASES])
def test_after_a_kill_ledger_and_catalog_agree_and_the_work_is_done_once(url, kind, step, way):
    one = killed.round_of(url, dsn(url), kind, step, way, random.Random(f"{kind} {step}"))
    assert one.agreed_s is not None, one
    assert one.agreed_s < 20.0
    assert one.completed


def test_every_step_of_every_work_is_killed_at_in_a_hundred_rounds():
    planned = list(killed.plan(random.Random(SEED), killed.ROUNDS))
    assert len(planned) == 100
    assert {(kind, step) for kind, step, _ in planned} >= {(kind, step) for kind in STEPS for step in STEPS[kind]}
