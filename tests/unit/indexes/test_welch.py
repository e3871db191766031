import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.indexes.welch import Sample, p_value, two_sided

counts = st.integers(2, 100_000)
means = st.floats(0.001, 10_000)
variances = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("t", "freedom", "p"),
    # Student's table.
    [(12.706, 1, 0.05), (2.571, 5, 0.05), (3.169, 10, 0.01), (1.96, 1e7, 0.05), (3.291, 1e7, 0.001), (0.0, 4, 1.0)],
)
def test_students_table(t, freedom, p):
    assert two_sided(t, freedom) == pytest.approx(p, rel=2e-3)


def test_a_single_measurement_says_nothing():
    assert p_value(Sample(1, 1.0, 0.0), Sample(100, 50.0, 1.0)) == 1.0


def test_different_means_without_any_variance_are_no_chance():
    assert p_value(Sample(10, 1.0, 0.0), Sample(10, 2.0, 0.0)) == 0.0


@given(st.builds(Sample, counts, means, variances), st.builds(Sample, counts, means, variances))
def test_it_is_a_probability_and_symmetric(one, other):
    p = p_value(one, other)
    assert 0.0 <= p <= 1.0
    assert p == pytest.approx(p_value(other, one), abs=1e-9)


@given(st.integers(10, 1000), st.floats(1.1, 3))
def test_more_measurements_of_the_same_difference_are_surer(count, factor):
    few = p_value(Sample(count, 10.0, 100.0), Sample(count, 10.0 * factor, 100.0))
    many = p_value(Sample(count * 4, 10.0, 100.0), Sample(count * 4, 10.0 * factor, 100.0))
    assert many <= few
