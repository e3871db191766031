"""Values from statistics, and the bindings they come together to."""

import pytest

from celeriac.statements.catalog.tables import Column
from celeriac.statements.parameters import selectivity
from celeriac.statements.parameters.bindings import Observed, combine, wanted_share
from celeriac.statements.parameters.choices import (
    Choice,
    Compared,
    equal_choices,
    match_choices,
    member_choices,
    range_choices,
)
from celeriac.statements.parsed import Clause, ParameterUse

STATUS = Column(
    "status", "text", distinct=100, common_values=("done", "failed", "new"), common_shares=(0.7, 0.2, 0.05),
    histogram=("a", "m", "z"),
)  # fmt: skip
NUMBER = Column("n", "integer", distinct=-1, histogram=tuple(str(n) for n in range(0, 1001, 10)), null_fraction=0.2)


def compared(column: Column, *uses: tuple[str, Clause], types: tuple[str, ...] = (), direct: bool = True) -> Compared:
    parameters = tuple(
        ParameterUse(number, "compared", 0, column.name, clause, operator, direct)
        for number, (operator, clause) in enumerate(uses, 1)
    )
    return Compared(column, 10_000, parameters, types or (column.type,) * len(uses))


def test_a_value_comes_up_as_often_as_it_is_stored() -> None:
    choices = equal_choices(compared(STATUS, ("=", "equality")))
    assert [choice.values[1] for choice in choices] == ["done", "failed", "new", "m"]
    assert [choice.share for choice in choices] == pytest.approx([0.7, 0.2, 0.05, 0.05])
    assert [choice.selectivity for choice in choices] == pytest.approx([0.7, 0.2, 0.05, 0.05 / 97])


def test_of_many_common_values_two_are_tried() -> None:
    many = Column("n", "integer", common_values=tuple("abcdefgh"), common_shares=(0.125,) * 8)
    assert [choice.values[1] for choice in equal_choices(compared(many, ("=", "equality"), types=("text",)))] == [
        "a",
        "e",
    ]


def test_lists_and_arrays_hold_different_values() -> None:
    listed = equal_choices(compared(STATUS, ("IN", "equality"), ("IN", "equality")))[0]
    assert listed.values == {1: "done", 2: "failed"}
    assert listed.selectivity == pytest.approx(0.9)
    array = equal_choices(compared(STATUS, ("= ANY", "equality"), types=("text[]",)))[0]
    assert array.values == {1: '{"done","failed","new"}'}


def test_values_that_the_parameters_type_does_not_take_are_left_out() -> None:
    assert equal_choices(compared(STATUS, ("=", "equality"), types=("integer",))) == []
    assert equal_choices(compared(STATUS, ("= ANY", "equality"), types=("integer[]",))) == []


def test_ranges_leave_the_share_asked_for() -> None:
    (choice,) = range_choices(compared(NUMBER, (">=", "range"), ("<", "range")), share=0.1)
    assert choice.values == {1: "450", 2: "550"}
    assert choice.selectivity == pytest.approx(0.08)
    (above,) = range_choices(compared(NUMBER, (">", "range")), share=0.1)
    (below,) = range_choices(compared(NUMBER, ("<", "range")), share=0.1)
    assert (above.values, below.values) == ({1: "900"}, {1: "100"})
    assert len(range_choices(compared(NUMBER, ("<", "range")))) == 3
    assert range_choices(compared(Column("n", "integer"), ("<", "range"))) == []


def test_what_is_added_to_a_bound_is_small() -> None:
    (choice,) = range_choices(compared(NUMBER, (">", "range"), (">", "range"), direct=False), share=0.5)
    assert choice.values == {1: "500", 2: "10"}
    moments = Column("at", "date", histogram=("2024-01-01", "2024-06-01", "2024-12-01"))
    uses = compared(moments, ("<", "range"), ("<", "range"), types=("date", "interval"), direct=False)
    assert range_choices(uses, share=0.5)[0].values == {1: "2024-06-01", 2: "1 day"}


def test_like_of_a_parameter_is_tried_both_ways() -> None:
    column = Column("name", "text", histogram=("anna", "berta", "carla"))
    both = match_choices(compared(column, ("~~", "prefix")), frozenset({1}))
    assert [choice.values[1] for choice in both] == ["ber%", "%berta%"]
    assert [choice.values[1] for choice in match_choices(compared(column, ("~~", "prefix")), frozenset())] == ["ber%"]
    ilike = match_choices(compared(column, ("~~*", "pattern")), frozenset({1}))
    assert [choice.values[1] for choice in ilike] == ["%berta%"]
    regular = match_choices(compared(column, ("~", "pattern")), frozenset())
    assert [choice.values[1] for choice in regular] == ["berta"]
    word = match_choices(compared(column, ("~~", "prefix"), direct=False), frozenset())
    assert [choice.values[1] for choice in word] == ["ber"]


def test_patterns_ask_for_what_few_values_hold() -> None:
    titles = Column("title", "text", histogram=("post aaaaaa1", "post bbbbbb2", "post cccccc_3", "post dddddd4"))
    (infix,) = match_choices(compared(titles, ("~", "pattern")), frozenset())
    assert infix.values[1] not in ("post", "post a")
    assert sum(infix.values[1] in title for title in titles.histogram) == 1
    (prefix,) = match_choices(compared(titles, ("~~", "prefix")), frozenset())
    assert prefix.values[1].startswith("post ")
    assert sum(title.startswith(prefix.values[1][:-1]) for title in titles.histogram) == 1


def test_what_a_pattern_gives_a_meaning_to_is_escaped() -> None:
    rates = Column("rate", "text", histogram=("5%_a", "5%_a", "5%_a"))
    (prefix,) = match_choices(compared(rates, ("~~", "prefix")), frozenset())
    assert prefix.values[1].startswith(r"5\%\_")


@pytest.mark.parametrize(
    ("column", "type_name", "value"),
    [
        (Column("data", "jsonb"), "jsonb", '{"id": 1}'),
        (Column("tags", "text[]", common_elements=("a'b", "c")), "text[]", '{"a\'b"}'),
        (Column("words", "tsvector", common_elements=("the", "o'neil")), "tsquery", "'o''neil'"),
        (Column("words", "tsvector"), "tsquery", "a"),
    ],
)
def test_members_are_asked_for_that_are_there(column: Column, type_name: str, value: str) -> None:
    (choice,) = member_choices(compared(column, ("@>", "containment"), types=(type_name,)))
    assert choice.values == {1: value}


def test_members_of_unknown_kinds_are_not_invented() -> None:
    assert member_choices(compared(Column("data", "jsonb"), ("?", "containment"), types=("text",))) == []


def test_one_binding_without_values_where_there_is_nothing_to_choose() -> None:
    (only,) = combine([], None)
    assert (only.values, only.weight) == ({}, 1)


def test_bindings_are_weighted_by_how_common_their_values_are() -> None:
    found = combine([equal_choices(compared(STATUS, ("=", "equality")))], None)
    weights = [(one.values[1], round(one.weight, 2)) for one in found]
    assert sorted(weights) == [("done", 0.7), ("failed", 0.2), ("m", 0.05), ("new", 0.05)]


def test_rows_per_call_tell_which_values_are_asked_for() -> None:
    choices = equal_choices(compared(STATUS, ("=", "equality")))
    rare = combine([choices], Observed(rows=10_000, per_call=5))
    assert [one.values[1] for one in rare] == ["m"]
    common = combine([choices], Observed(rows=10_000, per_call=7_000))
    assert common[0].values[1] == "done"
    assert common[0].weight > 0.8


def test_at_most_five_bindings_vary_the_two_most_uneven_columns() -> None:
    even = [Choice({3: "x"}, 0.6, 0.1), Choice({3: "y"}, 0.4, 0.1)]
    uneven = [Choice({1: str(n)}, 1.0, 10.0**-n) for n in range(4)]
    other = [Choice({2: str(n)}, 1.0, 10.0**-n) for n in range(3)]
    found = combine([even, uneven, other], None)
    assert len(found) == 5
    assert {one.values[3] for one in found} == {"x"}
    assert sum(one.weight for one in found) == pytest.approx(1)


def test_a_range_takes_what_the_rows_per_call_leave_to_it() -> None:
    half = [Choice({1: "x"}, 1.0, 0.5)]
    assert wanted_share([half], Observed(rows=1_000, per_call=50)) == pytest.approx(0.1)
    assert wanted_share([half], Observed(rows=1_000, per_call=5_000)) == 1
    assert wanted_share([], Observed(rows=0, per_call=5)) == 1


def test_the_planners_formulae() -> None:
    assert selectivity.equal(STATUS, "failed", 1e6) == 0.2
    assert selectivity.equal(NUMBER, "5", 1_000) == pytest.approx(0.8 / 1_000)
    assert selectivity.equal(Column("c", "text"), "x", 1_000) == selectivity.DEFAULT_EQUAL
    few = Column("c", "text", distinct=2, common_values=("a", "b"), common_shares=(0.9, 0.1))
    assert selectivity.equal(few, "other", 1_000) == 0.1
    counts = Column("c", "integer", common_values=("10", "9", "200"), common_shares=(0.5, 0.3, 0.2))
    assert [selectivity.quantile(counts, share) for share in (0, 0.5, 1)] == ["9", "10", "200"]
    assert selectivity.quantile(Column("c", "text"), 0.5) is None
