from sqlalchemy import NullPool, create_engine, text

from celeriac.ledger.migrate import migrate
from sandbox.postgres import PostgresServer

from .conftest import private_server, watching


def test_evictions_and_restarts_are_noticed():
    with private_server({"pg_stat_statements.max": "100"}) as server:
        ready(server)
        with watching(server.url()) as watched:
            watched.capture()
            watched.run("SELECT sum(status) FROM jobs", times=20)
            watched.capture()
        server.restart()
        with watching(server.url()) as watched:
            watched.run("SELECT sum(status) FROM jobs", times=30)
            restarted = watched.capture()
            assert restarted.complete
            assert restarted.note == "the server was restarted"
            assert watched.statement("sum(status)").counters.calls == 50

            for width in range(1, 150):
                watched.run(f"SELECT {', '.join(['id'] * width)} FROM jobs LIMIT 1")
            crowded = watched.capture()
            assert not crowded.complete
            counts = watched.ledger("SELECT server ->> 'dealloc' IS NOT NULL FROM celeriac.statement_window LIMIT 1")
            assert ("raise pg_stat_statements.max" if counts else "that were evicted or reset: ") in crowded.note


def ready(server: PostgresServer) -> None:
    with create_engine(server.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE EXTENSION pg_stat_statements"))
    migrate(server.url())
    with create_engine(server.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SELECT pg_stat_statements_reset()"))  # makes room
