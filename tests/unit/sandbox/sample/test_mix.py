"""The mix is the same whenever, however fast and by however many clients it is sent."""

from collections import Counter
from itertools import islice
from random import Random

import pytest

from sandbox.sample.load import ScaleOdd, sizes
from sandbox.sample.mix import DECK, SHAPES, sequence
from sandbox.sample.shape import Draw, Extent

EXTENT = Extent(users=400, jobs=3_000, artifacts=5_000, sessions=600)


@pytest.mark.parametrize("scale", [0, -1, 101])
def test_scales_out_of_range_are_refused(scale: float):
    with pytest.raises(ScaleOdd):
        sizes(scale)


def test_every_deck_holds_each_shape_exactly_as_often_as_its_share():
    calls = sequence()
    for _ in range(3):
        dealt = Counter(call.shape.name for call in islice(calls, len(DECK)))
        assert dealt == {shape.name: shape.share for shape in SHAPES}


def test_the_same_seed_sends_the_same_calls_with_the_same_values():
    def sent(seed: int) -> list[tuple[str, str]]:
        drawn = ((call, call.draw(EXTENT)) for call in islice(sequence(seed), 100))
        # Instants move with the clock; every other value is settled by the seed.
        return [(call.shape.name, str(draw.random.getstate()[1][:3])) for call, draw in drawn]

    assert sent(1) == sent(1)
    assert sent(1) != sent(2)


def test_shapes_are_many_and_named_apart():
    assert len({shape.name for shape in SHAPES}) == len(SHAPES) >= 14
    assert {shape.writes for shape in SHAPES} == {True, False}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_placeholder_gets_a_value_and_every_value_is_used(shape):
    values = shape.values(Draw(Random(1), EXTENT))
    assert shape.statement % dict.fromkeys(values, "?")
    assert all(f"%({name})s" in shape.statement for name in values)


def test_users_are_skewed_and_within_the_table():
    draw = Draw(Random(1), EXTENT)
    users = [draw.user() for _ in range(5_000)]
    assert min(users) >= 1
    assert max(users) <= EXTENT.users
    assert sum(user <= EXTENT.users // 10 for user in users) > len(users) * 0.3


def test_heartbeats_come_from_living_sessions_only():
    draw = Draw(Random(1), EXTENT)
    assert all(draw.active_session() % 33 for _ in range(2_000))
