from dataclasses import replace

import pytest

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.write_cost import Writes, write_ms_per_hour, writes_of
from celeriac.statements.catalog.tables import ExistingIndex, Table
from celeriac.statements.parsed import ParsedStatement, RelationUse
from celeriac.statements.statement import Counters, Statement

PRIMARY = ExistingIndex(10, "jobs_pkey", "btree", ("id",), (), None, "", True, True, True, True, 1, 0)
JOBS = Table(1, "public", "jobs", "r", 1000, 10, columns=(), indexes=(PRIMARY,), updates=100, hot_updates=90)
BY_STATUS = IndexDefinition("public", "jobs", (KeyPart("status"),))
BY_USER = IndexDefinition("public", "jobs", (KeyPart("user_id"),))
UPDATES = Writes(updates=((frozenset({"status"}), 1000.0),))


def test_a_table_that_is_never_written_costs_nothing():
    assert write_ms_per_hour(BY_STATUS, JOBS, Writes()) == 0


def test_an_update_of_an_indexed_column_costs_more_than_one_that_stays_heap_only():
    assert write_ms_per_hour(BY_STATUS, JOBS, UPDATES) > 10 * write_ms_per_hour(BY_USER, JOBS, UPDATES)


def test_included_and_predicate_columns_count_as_indexed():
    covering = replace(BY_USER, include=("status",))
    partial = replace(BY_USER, where="\"status\" = 'x'")
    expected = write_ms_per_hour(BY_STATUS, JOBS, UPDATES)
    assert write_ms_per_hour(covering, JOBS, UPDATES) == write_ms_per_hour(partial, JOBS, UPDATES) == expected


def test_a_partial_index_pays_for_its_share_and_gin_for_every_key():
    inserts = Writes(inserted=1000.0)
    plain = write_ms_per_hour(BY_USER, JOBS, inserts)
    assert write_ms_per_hour(BY_USER, JOBS, inserts, rows_share=0.1) == pytest.approx(plain / 10)
    assert write_ms_per_hour(replace(BY_USER, method="gin"), JOBS, inserts) > 5 * plain


def test_writes_are_rows_an_hour():
    def written(kind, rows, *columns):
        relation = RelationUse("public", "jobs", "jobs", 0, (), kind, columns)
        return ParsedStatement("", kind, (relation,), 0), Statement("f", "", "", Counters(calls=1, rows=rows))

    statements = [written("insert", 40), written("update", 20, "status"), written("delete", 10)]
    assert writes_of(statements, hours=2.0) == {
        ("public", "jobs"): Writes(inserted=20.0, updates=((frozenset({"status"}), 10.0),))
    }
