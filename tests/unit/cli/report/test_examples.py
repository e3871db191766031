"""The examples in docstrings hold."""

import doctest

import pytest

from celeriac.cli.report import changed, measured, span, telling, terminal, words
from celeriac.cli.report.html import markup, plots


@pytest.mark.parametrize("module", [changed, measured, span, telling, terminal, words, markup, plots])
def test_examples_hold(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert outcome.failed == 0
