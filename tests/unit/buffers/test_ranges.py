from hypothesis import given
from hypothesis import strategies as st

from celeriac.buffers.ranges import clip, group, size, steps, take

BLOCKS = st.sets(st.integers(0, 500), min_size=1).map(sorted)
RANGES = BLOCKS.map(group)


def expand(ranges):
    return [block for first, last in ranges for block in range(first, last + 1)]


def test_no_blocks_are_no_ranges():
    assert group([]) == ()


@given(BLOCKS)
def test_without_a_gap_ranges_hold_exactly_the_blocks(blocks):
    assert expand(group(blocks)) == blocks


@given(BLOCKS, st.integers(0, 20), st.integers(1, 10))
def test_bridging_loses_no_block_and_keeps_the_bound(blocks, gap, most):
    ranges = group(blocks, gap, most)
    assert set(blocks) <= set(expand(ranges))
    assert len(ranges) <= most
    assert ranges == tuple(sorted(ranges))


def test_the_narrowest_gaps_are_bridged_first():
    assert group([0, 5, 6, 100], max_ranges=2) == ((0, 6), (100, 100))


@given(RANGES, st.integers(0, 500))
def test_taking_keeps_the_first_blocks(ranges, blocks):
    assert expand(take(ranges, blocks)) == expand(ranges)[:blocks]


@given(RANGES, st.integers(0, 500))
def test_clipping_drops_what_a_truncated_relation_has_lost(ranges, end):
    assert expand(clip(ranges, end)) == [block for block in expand(ranges) if block < end]


@given(RANGES, st.integers(1, 50))
def test_steps_hold_every_block_once_and_none_is_too_long(ranges, blocks):
    batches = list(steps(ranges, blocks))
    assert [block for batch in batches for block in expand(batch)] == expand(ranges)
    assert all(size(batch) == blocks for batch in batches[:-1])
