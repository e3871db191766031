"""What a LIMIT hopes not to read."""

from celeriac.indexes import what_if


def risk(tree) -> float:
    return what_if.risk(tree, lambda name: "created_at" if name.startswith("<") else None)


def scan(index: str = "<13>btree_jobs_created_at", kind: str = "Index Scan", **more):
    return {"Node Type": kind, "Index Name": index, "Total Cost": 900.0, **more}


def over(kind: str, *children):
    return {"Node Type": kind, "Total Cost": 5.0, "Plans": [{"Parent Relationship": "Outer", **c} for c in children]}


def test_a_filtered_walk_may_have_to_go_to_the_end():
    assert risk(over("Limit", scan(Filter="(status = 'x')"))) == 900.0
    assert risk(over("Limit", over("LockRows", scan(Filter="(status = 'x')")))) == 900.0


def test_a_walk_that_compares_behind_its_leading_column_is_one_too():
    assert risk(over("Limit", scan(**{"Index Cond": "(status = 'x')"}))) == 900.0
    assert risk(over("Limit", scan(**{"Index Cond": "(created_at > now())"}))) == 0.0


def test_a_walk_without_a_filter_stops_when_it_has_enough():
    assert risk(over("Limit", scan())) == 0.0


def test_without_a_limit_the_planner_counts_all_of_it():
    assert risk(scan(Filter="(status = 'x')")) == 0.0
    assert risk(over("Limit", over("Aggregate", scan(Filter="(status = 'x')")))) == 0.0


def test_a_sort_reads_all_that_matches():
    assert risk(over("Limit", over("Sort", scan()))) == 900.0


def test_what_exists_is_measured_already():
    assert risk(over("Limit", scan("jobs_by_time", Filter="(status = 'x')"))) == 0.0
    assert risk(over("Limit", over("Sort", scan("jobs_by_user")))) == 0.0


def test_the_inner_side_of_a_join_is_looked_up_anew_each_time():
    inner = {**scan(Filter="(status = 'x')"), "Parent Relationship": "Inner"}
    assert (
        risk(over("Limit", {**over("Nested Loop"), "Plans": [{**scan(), "Parent Relationship": "Outer"}, inner]})) == 0
    )
