from celeriac.indexes.declared import Declaration, declarations, missing, unused
from celeriac.statements.catalog import Catalog, Column, ExistingIndex, Table

EMAIL = Declaration(("users", "accounts"), "email")


def catalog(*indexes: ExistingIndex, name: str = "users", column: str = "email", kind: str = "r") -> Catalog:
    columns = (Column("id", "bigint"), Column(column, "text", average_width=20))
    table = Table(1, "app", name, kind, 1000.0, 10, columns, indexes)
    return Catalog({("app", name): table})


def index(*key: str, **given) -> ExistingIndex:
    values = {"method": "btree", "where": None, "unique": False, "valid": True, "scans": 5, **given}
    return ExistingIndex(
        oid=1, name="i", key=key, include=(), ddl="", primary=False, backs_constraint=False, size_bytes=8192, **values
    )


def test_a_table_that_is_not_there_asks_for_nothing():
    assert missing([EMAIL], catalog(name="customers")) == ()


def test_a_column_that_is_not_there_asks_for_nothing():
    assert missing([EMAIL], catalog(column="mail")) == ()


def test_a_partitioned_table_is_left_alone():
    assert missing([EMAIL], catalog(kind="p")) == ()


def test_an_index_that_begins_with_the_column_serves():
    assert missing([EMAIL], catalog(index("email", "id"))) == ()


def test_invalid_partial_other_and_later_columns_do_not_serve():
    for poor in (
        index("email", valid=False),
        index("email", where="id > 5"),
        index("email", method="gin"),
        index("id", "email"),
    ):
        assert len(missing([EMAIL], catalog(poor))) == 1


def test_a_missing_one_is_recommended_with_its_reason_and_size():
    (wanted,) = missing([EMAIL], catalog(name="accounts"))
    assert wanted.ddl == 'CREATE INDEX CONCURRENTLY ON "app"."accounts" USING btree ("email")'
    assert wanted.reason == "the application declares an index on accounts.email, and no valid index begins with it"
    assert wanted.size_bytes == 43_200


def test_one_that_nobody_uses_is_named():
    (idle,) = unused([EMAIL], catalog(index("email", scans=0)))
    assert idle.sentence == "declared index i on app.users takes 8192 bytes and no plan has used it"


def test_a_unique_one_or_a_used_one_is_not():
    assert unused([EMAIL], catalog(index("email", scans=0, unique=True), index("email"))) == ()


def test_the_declaration_of_stratlogic():
    columns: dict[str, set[str]] = {}
    for declaration in declarations():
        columns.setdefault(declaration.tables[0], set()).add(declaration.column)
    assert columns == {
        "users": {"email", "username", "role", "created_at"},
        "scraping_jobs": {"user_id", "status", "created_at", "completed_at"},
        "artifacts": {"user_id", "job_id", "artifact_type", "created_at"},
        "performance_metrics": {"metric_type", "user_id", "created_at"},
        "search_index": {"artifact_id", "is_active", "model_name"},
        "service_metrics": {"service_name", "created_at"},
    }
