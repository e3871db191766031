"""What to do next comes in order of milliseconds, each step with a command that can be copied."""

from celeriac.cli.report.next_steps import SHOWN, next_steps
from tests.unit.cli.report.reports import NOW, change, fault, slower


def only(*, proposals=(), slower=(), faults=(), target="main"):
    (step,) = next_steps(target, proposals, slower, faults)
    return step


def test_nothing_is_to_be_done_where_nothing_is_known():
    assert next_steps("main", (), (), ()) == ()


def test_what_is_over_needs_no_step():
    assert next_steps("main", (), (slower(ended_at=NOW),), ()) == ()


def test_a_finding_without_a_cure_is_no_step():
    assert next_steps("main", (), (), (fault(cure=None),)) == ()


def test_what_is_critical_comes_first_then_milliseconds_then_the_rest():
    steps = next_steps(
        "main",
        (change(id=1, promised_ms_per_hour=500.0), change(id=2, kind="drop", promised_ms_per_hour=None)),
        (slower(ms_per_hour=9_000.0), slower(ms_per_hour=100.0, fingerprint="f2")),
        (fault(), fault(severity="critical", check="wraparound")),
    )
    assert [(one.kind, one.ms_per_hour) for one in steps] == [
        ("finding", None),
        ("slower", 9_000.0),
        ("approve", 500.0),
        ("slower", 100.0),
        ("finding", None),
        ("approve", None),
    ]
    assert steps[0].severity == "critical"


def test_a_proposal_is_approved_by_its_number():
    assert only(proposals=(change(id=12),)).command == "celeriac approve 12"


def test_another_target_is_named_in_the_command():
    assert only(proposals=(change(id=12),), target="a b").command == "celeriac approve 12 --target 'a b'"


def test_a_drop_frees_its_size_and_a_rebuild_the_difference():
    rebuild = change(kind="rebuild", size_bytes=40, size_bytes_before=100)
    assert only(proposals=(change(kind="drop", size_bytes=100),)).frees_bytes == 100
    assert only(proposals=(rebuild,)).frees_bytes == 60
    assert only(proposals=(change(),)).frees_bytes is None


def test_the_larger_of_two_drops_comes_first():
    drops = [change(id=n, kind="drop", promised_ms_per_hour=None, size_bytes=size) for n, size in ((1, 10), (2, 20))]
    assert [one.frees_bytes for one in next_steps("main", drops, (), ())] == [20, 10]


def test_what_came_after_a_change_of_ours_is_undone():
    found = only(slower=(slower(change_id=3, undo="celeriac revert 3"),))
    assert found.command == "celeriac revert 3"
    assert found.why.endswith("change 3 came just before")


def test_a_change_that_cannot_be_undone_leaves_the_plan_to_look_at():
    assert only(slower=(slower(change_id=3, undo=None),)).command.startswith("celeriac explain")


def test_another_plan_is_explained_and_its_text_is_quoted():
    found = only(slower=(slower(query="SELECT 'it''s' FROM t"),))
    assert found.command == """celeriac explain "$DATABASE_URL" 'SELECT '"'"'it'"'"''"'"'s'"'"' FROM t'"""


def test_a_text_too_long_to_copy_or_that_a_terminal_would_obey_is_left_to_the_advisor():
    for query in ("SELECT " + "a, " * 400 + "b", "SELECT \x1b]0;x\x07"):
        assert only(slower=(slower(query=query),)).command == 'celeriac recommend "$DATABASE_URL"'


def test_more_calls_are_cached_where_they_read():
    assert only(slower=(slower(cause="traffic"),)).command == 'celeriac cache-advice "$DATABASE_URL"'
    written = slower(cause="traffic", query="INSERT INTO t VALUES ($1)")
    assert only(slower=(written,)).command.startswith("celeriac explain")


def test_all_statements_together_are_a_matter_of_health():
    found = only(slower=(slower(query=None, cause="load", fingerprint="*"),), target="shop")
    assert found.command == 'celeriac health "$DATABASE_URL" --target shop'
    assert "all statements together" in found.what


def test_a_list_of_hundreds_is_cut_to_what_a_person_reads():
    assert len(next_steps("main", [change(id=n) for n in range(300)], (), ())) == SHOWN
