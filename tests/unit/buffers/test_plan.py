from celeriac.buffers.hot import HotRelation
from celeriac.buffers.plan import Present, restore, whole


def hot(name, ranges, *, kind="r", filenode=1, heat=4.0):
    return HotRelation("public", name, kind, filenode, heat, tuple(ranges))


def present(name, *, kind="r", filenode=1, blocks=100, oid=10):
    return Present(oid, "public", name, kind, filenode, blocks)


def reasons(plan):
    return {skipped.name: skipped.reason for skipped in plan.skipped}


def test_a_relation_that_is_gone_is_skipped():
    assert "gone" in reasons(restore((hot("jobs", [(0, 1)]),), [], 100))["jobs"]


def test_a_rewritten_relation_is_skipped():
    plan = restore((hot("jobs", [(0, 1)], filenode=1),), [present("jobs", filenode=2)], 100)
    assert plan.readings == ()
    assert "rewritten" in reasons(plan)["jobs"]


def test_a_relation_truncated_below_its_hot_blocks_is_skipped():
    assert "truncated" in reasons(restore((hot("jobs", [(50, 60)]),), [present("jobs", blocks=50)], 100))["jobs"]


def test_blocks_beyond_the_end_are_left_out():
    (reading,) = restore((hot("jobs", [(40, 60)]),), [present("jobs", blocks=50)], 100).readings
    assert reading.ranges == ((40, 49),)


def test_indexes_come_first_then_the_hottest():
    relations = (
        hot("cool", [(0, 0)], heat=3),
        hot("warm", [(0, 0)], heat=5),
        hot("jobs_pkey", [(0, 0)], kind="i", heat=3),
    )
    plan = restore(relations, [present("cool"), present("warm"), present("jobs_pkey", kind="i")], 100)
    assert [reading.relation.name for reading in plan.readings] == ["jobs_pkey", "warm", "cool"]


def test_the_budget_cuts_what_comes_last_and_says_so():
    relations = (hot("jobs_pkey", [(0, 9)], kind="i"), hot("jobs", [(0, 9)]), hot("tags", [(0, 9)], heat=3))
    plan = restore(relations, [present("jobs_pkey"), present("jobs"), present("tags")], 15)
    assert [reading.ranges for reading in plan.readings] == [((0, 9),), ((0, 4),)]
    assert plan.blocks == 15
    assert plan.stopped is not None
    assert "15 blocks were left out" in plan.stopped


def test_an_empty_relation_needs_no_reading():
    assert whole([present("jobs", blocks=0)], 100).readings == ()
