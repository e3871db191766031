import ast

import pytest

from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation
from celeriac.indexes.repository import write_alembic, write_django, write_sql
from celeriac.indexes.repository.django import AfterWrong


def recommended(definition: IndexDefinition, reason: str = "it saves a scan", **given) -> Recommendation:
    return Recommendation(definition, "", 8192, 0.9, 1000.0, 0.0, (), reason, **given)


BY_USER = recommended(IndexDefinition("public", "jobs", (KeyPart("user_id"),)))
HOSTILE = recommended(
    IndexDefinition("public", 'we"ird', (KeyPart("'''\"", descending=True),), where='note = \'""" :x\''),
    reason='first """\nDROP TABLE jobs;\nimport os',
    replaces=("old\nname",),
)


@pytest.mark.parametrize("write", [write_alembic, write_django])
def test_python_files_compile_whatever_names_and_reasons_hold(write):
    tree = ast.parse(write([HOSTILE, BY_USER]))
    assert not any(isinstance(node, ast.Import) and node.names[0].name == "os" for node in ast.walk(tree))


@pytest.mark.parametrize("write", [write_sql, write_alembic, write_django])
def test_nothing_recommended_is_still_a_valid_file(write):
    assert write([])


def test_a_reason_cannot_leave_its_comment():
    assert not any(line.startswith("DROP") for line in write_sql([HOSTILE]).splitlines())


def test_the_same_advice_is_the_same_file():
    assert write_alembic([BY_USER, HOSTILE]) == write_alembic([BY_USER, HOSTILE])


def test_a_migration_names_what_it_follows():
    assert "down_revision = 'abc123'" in write_alembic([BY_USER], "abc123")
    assert "dependencies = [('shop', '0042_orders')]" in write_django([BY_USER], "shop.0042_orders")
    assert "set this to your newest revision" in write_alembic([BY_USER])


def test_a_django_migration_to_follow_has_an_app():
    with pytest.raises(AfterWrong, match="is no Django migration"):
        write_django([BY_USER], "0042")
