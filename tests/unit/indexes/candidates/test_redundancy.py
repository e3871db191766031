from dataclasses import replace

import pytest

from celeriac.indexes.candidates.merging import merge, stands_for
from celeriac.indexes.candidates.redundancy import covered_by_existing, covers, follows_unique, replaced
from celeriac.indexes.candidates.scope import Candidate
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.statements.catalog.tables import ExistingIndex

from .conftest import JOBS, short


def index(*columns: str, include: tuple[str, ...] = (), where: str | None = None) -> IndexDefinition:
    return IndexDefinition("public", "jobs", tuple(map(KeyPart, columns)), include, where)


@pytest.mark.parametrize("definition", [index("id"), index("user_id")])
def test_a_copy_or_leading_part_of_an_existing_index_is_known(definition):
    assert covered_by_existing(definition, JOBS) is not None


@pytest.mark.parametrize(
    "definition",
    [
        index("status"),
        index("user_id", "status"),
        index("user_id", include=("status",)),
        index("user_id", where='"urgent"'),
        replace(index("user_id"), method="brin"),
        IndexDefinition("public", "jobs", (KeyPart("user_id", nulls_first=True),)),
    ],
)
def test_what_serves_more_is_new(definition):
    assert covered_by_existing(definition, JOBS) is None


def test_invalid_indexes_cover_nothing():
    broken = replace(JOBS, indexes=tuple(replace(existing, valid=False) for existing in JOBS.indexes))
    assert covered_by_existing(index("user_id"), broken) is None


def test_nothing_narrows_behind_a_unique_key():
    assert follows_unique(index("id", "status"), JOBS)
    assert not follows_unique(index("id", include=("status",)), JOBS)
    assert not follows_unique(index("status", "id"), JOBS)


def test_a_wider_index_replaces_the_narrow_one_but_never_a_constraint():
    assert replaced(index("user_id", "status"), JOBS) == ("jobs_by_user",)
    assert replaced(index("id", "status"), JOBS) == ()
    assert replaced(index("status", "user_id"), JOBS) == ()


def test_one_definition_covers_another():
    assert covers(index("a", "b", include=("c",)), index("a", include=("c",)))
    assert not covers(index("a", "b"), index("b"))
    assert not covers(index("a", where="x"), index("a"))


def test_covering_indexes_that_begin_alike_are_merged():
    candidates = [
        Candidate(index("status", include=("title",)), "covering", "one"),
        Candidate(index("status", "created_at", include=("urgent",)), "covering", "two"),
        Candidate(index("created_at"), "ordering", "three"),
    ]
    merged = {short(candidate.definition) for candidate in merge(candidates)}
    assert merged == {
        "jobs (status, created_at) INCLUDE (title, urgent)",
        "jobs (status) INCLUDE (created_at, title, urgent)",
    }


def test_unions_hold_no_expressions_and_not_too_much():
    expression = IndexDefinition("public", "jobs", (KeyPart("status"), KeyPart("lower(title)", is_expression=True)))
    wide = [index("status", include=tuple(f"{letter}{n}" for n in range(5))) for letter in "ab"]
    candidates = [Candidate(definition, "covering", "") for definition in wide]
    assert list(merge(candidates)) == []
    merged = merge(
        [Candidate(expression, "expression", ""), Candidate(index("status", include=("title",)), "covering", "")]
    )
    assert [short(candidate.definition) for candidate in merged] == ["jobs (status, (lower(title))) INCLUDE (title)"]


def test_a_union_stands_for_what_it_is_made_of():
    union = index("status", include=("created_at", "title"))
    assert stands_for(union, index("status", "created_at", include=("title",)))
    assert not stands_for(union, index("status", include=("urgent",)))
    assert not stands_for(union, index("status"))
    assert not stands_for(union, index("title", include=("status",)))


def existing(ddl: str, *key: str, where: str | None = None) -> ExistingIndex:
    return ExistingIndex(12, "other", "btree", key, (), where, ddl, False, False, False, True, 1, 0)


def test_directions_and_predicates_of_existing_indexes_count():
    mixed = existing("CREATE INDEX other ON public.jobs USING btree (status, created_at DESC)", "status", "created_at")
    rare = existing(
        "CREATE INDEX other ON public.jobs USING btree (created_at) WHERE (status = 'pending'::text)",
        "created_at",
        where="(status = 'pending'::text)",
    )
    table = replace(JOBS, indexes=(mixed, rare))
    same = IndexDefinition("public", "jobs", (KeyPart("status"), KeyPart("created_at", descending=True)))
    assert covered_by_existing(same, table) is mixed
    assert covered_by_existing(index("status", "created_at"), table) is None
    assert covered_by_existing(index("created_at", where="\"status\" = 'pending'"), table) is rare
    assert covered_by_existing(index("created_at"), table) is None
    assert replaced(index("status", "created_at", "title"), table) == ()
