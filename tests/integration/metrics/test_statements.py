from sqlalchemy import text

from celeriac.metrics.collect import collect, failed
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sources import Sources
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy


def windows(ledger):
    samples = collect(Sources(ledger=ledger, system=False), MetricsPolicy())
    assert failed(samples) == ()
    return {(one.name, *(value for _, value in one.labels)): one.value for one in samples if "_window_" in one.name}


def test_the_starting_point_is_no_window(connection, ledger):
    assert windows(ledger) == {}
    capture(connection, ledger, "main", StatementPolicy())
    assert windows(ledger) == {}


def test_the_latest_window_is_added_up(connection, ledger):
    connection.execute(text("CREATE TABLE jobs (id int)"))
    connection.commit()
    capture(connection, ledger, "main", StatementPolicy())
    for number in range(7):
        connection.execute(text("SELECT id FROM jobs WHERE id = :number"), {"number": number})
    connection.commit()
    capture(connection, ledger, "main", StatementPolicy())
    found = windows(ledger)
    assert found["celeriac_statements_window_calls",] >= 7
    assert found["celeriac_statements_window_seconds",] > 0
    assert found["celeriac_statements_window_execution_seconds",] > 0


def test_the_heaviest_statements_have_series_of_their_own(connection, ledger):
    connection.execute(text("CREATE TABLE jobs (id int)"))
    connection.commit()
    capture(connection, ledger, "main", StatementPolicy())
    for number in range(1, 20):
        connection.execute(text(f"SELECT {' + '.join(['id'] * number)} FROM jobs"))
    connection.commit()
    capture(connection, ledger, "main", StatementPolicy())
    samples = collect(Sources(ledger=ledger, system=False), MetricsPolicy(top_statements=3))
    assert failed(samples) == ()
    told = [dict(one.labels)["fingerprint"] for one in samples if one.name == "celeriac_statement_calls"]
    assert len(set(told)) == 3
