"""What the command prints: lines to paste as they are, notes, and a word where there is nothing."""

import pytest

from celeriac.cache.advise import CacheAdvice, CacheAdvicePolicy, advise
from celeriac.cli.cache_advice import show
from celeriac.statements.workload import Workload
from tests.unit.cache.advise.conftest import READ, SHOP, statement


def advice(*statements) -> CacheAdvice:
    return advise(Workload(statements, 1.0), SHOP, CacheAdvicePolicy())


def printed(capsys: pytest.CaptureFixture[str], told: CacheAdvice, *, refused: bool = False) -> str:
    show(told, refused=refused)
    return capsys.readouterr().out


def test_each_query_comes_with_its_lines_and_what_its_writers_call(capsys: pytest.CaptureFixture[str]):
    out = printed(
        capsys,
        advice(
            statement("SELECT id, day FROM jobs WHERE user_id = $1"),
            statement("UPDATE jobs SET day = $1 WHERE id = $2", calls=20_000, rows=1),
        ),
    )
    assert "1. SELECT id, day FROM jobs WHERE user_id = $1" in out
    assert 'key="{user_id}", tags=("jobs.user_id:{user_id}",))' in out
    assert "   # after UPDATE jobs SET day = $1 WHERE id = $2" in out
    assert 'cache.invalidate(tags=(f"jobs.user_id:{user_id}",))  # add RETURNING user_id' in out
    assert "Note: day come back as text" in out


def test_where_nothing_is_worth_it_the_reasons_can_be_asked_for(capsys: pytest.CaptureFixture[str]):
    told = advice(statement(READ, calls=3))
    assert "No query of this workload is worth caching; --refused tells why." in printed(capsys, told)
    assert "(it is called 3 times an hour" in printed(capsys, told, refused=True)
