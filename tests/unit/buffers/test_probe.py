"""Which hot blocks tell what warming was worth."""

from celeriac.buffers.plan import Plan, Present, Reading
from celeriac.buffers.probe import choose

INDEX = Reading(Present(1, "shop", "jobs_pkey", "i", 1, 100), ((0, 9),))
JOBS = Reading(Present(2, "shop", "jobs", "r", 2, 1_000), ((100, 299),))


def test_blocks_of_the_hottest_table_are_taken_by_turns():
    probe = choose(Plan((INDEX, JOBS)), blocks=5)
    assert probe.relation.name == "jobs"
    assert probe.before == (100, 140, 180, 220, 260)
    assert probe.after == (120, 160, 200, 240, 280)


def test_both_halves_are_equally_large():
    probe = choose(Plan((Reading(JOBS.relation, ((0, 4),)),)), blocks=5)
    assert len(probe.before) == len(probe.after) == 2
    assert set(probe.before).isdisjoint(probe.after)


def test_indexes_and_single_blocks_tell_nothing():
    assert choose(Plan((INDEX,))) is None
    assert choose(Plan((Reading(JOBS.relation, ((7, 7),)),))) is None
