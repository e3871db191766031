"""How many keys there are, and how calls spread over them, as the statistics tell."""

import pytest

from celeriac.cache.advise.values import MOST_GROUPS, Values, combine, of_column, uniform
from celeriac.statements.catalog.tables import Column, Table
from tests.unit.cache.advise.conftest import JOBS, USERS


def test_a_unique_column_has_a_value_for_each_row_whatever_its_statistics():
    assert of_column(USERS.column("id"), USERS) == (Values(1_000, 1.0),)


def test_a_column_that_was_never_analysed_is_taken_as_unique():
    assert of_column(Column("x", "text"), USERS) == (Values(1_000, 1.0),)


def test_a_negative_count_is_a_share_of_the_rows():
    assert of_column(Column("x", "text", distinct=-0.5), USERS) == (Values(500, 1.0),)


def test_nulls_are_asked_for_by_nobody():
    column = Column("x", "text", distinct=2, null_fraction=0.5, common_values=("a",), common_shares=(0.4,))
    assert of_column(column, JOBS) == (Values(1, 0.8), Values(1, 0.2))


def test_frequent_values_are_keys_of_their_own():
    (done, others) = of_column(JOBS.column("status"), JOBS)
    assert (done.count, done.share, others.count, others.share) == (1, 0.9, 2, 0.1)


def test_an_empty_table_has_one_value():
    assert of_column(Column("x", "text", distinct=-1), Table(9, "public", "empty", "r", 0.0, 0, ())) == (
        Values(1, 1.0),
    )


def test_without_parameters_there_is_one_key():
    (only,) = combine([])
    assert (only.keys, only.share) == (1.0, 1.0)


def test_many_combinations_are_joined_and_lose_nothing():
    skewed = (*[Values(1, 2.0**-place) for place in range(1, 41)], Values(960, 2.0**-40))
    joined = combine([(1, skewed), (2, skewed)])
    assert len(joined) <= MOST_GROUPS < len(skewed) ** 2
    assert sum(one.share for one in joined) == pytest.approx(1.0)
    assert sum(one.keys for one in joined) == pytest.approx(1_000_000)
    of_first = sum(one.keys * dict(one.of_one)[1] for one in joined)
    assert of_first == pytest.approx(1_000)  # the first's shares add up to one, for each value of the second


def test_combinations_remember_what_each_parameter_holds():
    (one,) = combine([(1, uniform(10)), (3, uniform(4))])
    assert dict(one.of_one) == {1: 0.1, 3: 0.25}
