from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from celeriac.statements.regressions.blame import Event, of_change, suspect
from celeriac.statements.regressions.facts import TableFacts, as_json, differences, from_json
from celeriac.statements.regressions.plans import difference

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
SLACK = timedelta(minutes=10)


def before(minutes, what="index a was dropped", change_id=None):
    return Event(BEGAN - timedelta(minutes=minutes), what, change_id)


def test_what_happened_long_before_or_later_is_not_suspected():
    assert suspect([before(7 * 60), before(-11)], BEGAN, SLACK) is None


def test_the_last_event_before_it_is_suspected():
    assert suspect([before(50), before(5), before(30)], BEGAN, SLACK) == before(5)


def test_a_change_of_ours_goes_before_fresh_statistics():
    ours = before(40, "change 7 had built an index", change_id=7)
    assert suspect([ours, before(5, "jobs had got fresh statistics")], BEGAN, SLACK) == ours


def change(**given):
    told = {
        "id": 7, "kind": "build", "state": "kept", "index_name": "jobs_idx", "table": "public.jobs",
        "build_started_at": BEGAN, "built_at": BEGAN, "state_since": BEGAN,
    }  # fmt: skip
    return SimpleNamespace(**told | given)


def test_a_proposal_did_nothing_yet():
    assert list(of_change(change(state="proposed", build_started_at=None, built_at=None))) == []


def test_a_built_index_and_one_taken_off_are_events():
    assert [one.what for one in of_change(change())] == ["change 7 had built jobs_idx on public.jobs"]
    assert [one.what for one in of_change(change(state="reverted"))] == [
        "change 7 had built jobs_idx on public.jobs",
        "change 7 had taken jobs_idx off public.jobs",
    ]


TABLE = TableFacts(1, "digest", {"jobs_pkey": True, "jobs_status": True}, 1_000.0)


def seen(**changed):
    now = {"public.jobs": TableFacts(**{**{name: getattr(TABLE, name) for name in TABLE.__slots__}, **changed})}
    return [what for _, what in differences({"public.jobs": TABLE}, now)]


def test_the_same_catalog_holds_no_event_though_it_was_written_down():
    facts = {"public.jobs": TABLE}
    assert list(differences(from_json(as_json(facts)), facts)) == []


def test_ddl_is_seen_by_what_it_leaves():
    assert seen(columns="other") == ["columns of public.jobs were changed"]
    assert seen(indexes={"jobs_pkey": True}) == ["index jobs_status of public.jobs was dropped"]
    assert seen(indexes={**TABLE.indexes, "b": True}) == ["index b of public.jobs was created"]
    assert seen(indexes={**TABLE.indexes, "jobs_status": False}) == ["index jobs_status of public.jobs became invalid"]
    assert seen(oid=2) == ["table public.jobs was created anew"]
    assert seen(rows=5_000.0) == ["the rows of public.jobs went from 1,000 to 5,000"]


def test_growth_of_a_few_per_cent_is_no_event():
    assert seen(rows=1_400.0) == []


def test_tables_come_and_go():
    assert [what for _, what in differences({}, {"a.b": TABLE})] == ["table a.b was created"]
    assert [what for _, what in differences({"a.b": TABLE}, {})] == ["table a.b was dropped"]


def test_plans_differ_by_their_nodes():
    scan, seq = "Index Scan using a on t", "Seq Scan on t"
    assert difference(scan, scan) is None
    assert difference(f"Sort\n  {seq}", f"Sort\n  {scan}") == f"the plan now has {scan} instead of {seq}"
    assert difference(seq, f"Sort\n  {seq}") == "the plan now has Sort besides"
    assert difference(f"Sort\n  {seq}", seq) == "the plan no longer has Sort"
    assert difference("A\n  B\n  C", "A\n  C\n  B") == "the plan has the same nodes in another order"
