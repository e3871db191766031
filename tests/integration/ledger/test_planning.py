from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.ledger import planning


def kept(ledger: Connection) -> list[tuple[str, int, int]]:
    rows = ledger.execute(text("SELECT target, index_oid, scans FROM celeriac.planning_use ORDER BY index_oid"))
    return [tuple(row) for row in rows]


def test_scans_of_our_own_are_kept_by_index(ledger_url: str) -> None:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as ledger:
        planning.record(ledger, "main", ())
        assert kept(ledger) == []
        planning.record(ledger, "main", ((16_400, 3), (16_401, 1)))
        assert kept(ledger) == [("main", 16_400, 3), ("main", 16_401, 1)]
    engine.dispose()
