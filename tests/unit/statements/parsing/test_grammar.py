"""Only one plain statement is ever let through, whatever the text tries."""

import threading

import pytest

from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood
from celeriac.statements.parsing import grammar, parse


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no statement"),
        ("-- nothing", "no statement"),
        ("   \n\t", "no statement"),
        (";;", "no statement"),
        ("lorem ipsum dolor", "syntax error"),
        ("SELECT FROM WHERE", "syntax error"),
        ("SELECT 1 /* open", "comment"),
        ("SELECT 'open", "quoted string"),
        ("SELECT 1 -- ;\n; COMMIT", "2 statements"),
        ("SELECT 1; /* */ ; ROLLBACK", "2 statements"),
        ("SELECT $$;$$; COMMIT", "2 statements"),
        ("SELECT 1; DROP TABLE users", "2 statements"),
        ("SELECT 1; COMMIT; DROP TABLE users --", "3 statements"),
        ("SELECT 1 /* ; */ ; /* */ COMMIT", "2 statements"),
        ("SELECT '\\'; DROP TABLE users; --'", "2 statements"),
        ("SELECT '\\''; DROP TABLE users; --'", ""),
        ("VACUUM users", "VACUUM is no SELECT"),
        ("SET search_path TO evil", "VARIABLE SET is no SELECT"),
        ("PREPARE p AS DELETE FROM users", "PREPARE is no SELECT"),
        ("LOCK TABLE users", "LOCK is no SELECT"),
        ("ALTER TABLE users ADD x int", "ALTER TABLE is no SELECT"),
        ("CREATE INDEX ON users (id)", "INDEX is no SELECT"),
        ("CREATE TABLE t AS SELECT 1", "CREATE TABLE AS is no SELECT"),
        ("BEGIN; SELECT 1", "2 statements"),
        ("DROP TABLE users", "DROP is no SELECT"),
        ("COMMIT", "TRANSACTION is no SELECT"),
        ("EXPLAIN ANALYZE DELETE FROM users", "EXPLAIN is no SELECT"),
        ("COPY users TO PROGRAM 'rm -rf /'", "COPY is no SELECT"),
        ("DO $$ BEGIN DELETE FROM users; END $$", "DO is no SELECT"),
        ("SELECT * INTO copied FROM users", "SELECT INTO creates a table"),
        ("SELECT 1\0; DROP TABLE users", "NUL"),
        ("SELEC 'secret'", "syntax error"),
        ("SELECT '" + "x" * 300_000 + "'", "longer than 256 kB"),
    ],
)
def test_anything_but_one_plain_statement_is_refused(text: str, reason: str) -> None:
    parsed = parse(text, Catalog({}))
    if not reason:
        assert not isinstance(parsed, NotUnderstood)
        assert parsed.text == text  # a backslash ends no string here, nor on a server made to agree
        return
    assert isinstance(parsed, NotUnderstood)
    assert reason in parsed.reason
    assert "secret" not in parsed.reason


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "not " * 9_000 + "true",
        "SELECT 1" + " UNION ALL SELECT 1" * 9_000,
        "SELECT 1" + " UNION ALL SELECT 1" * 500,
        "SELECT " + "(SELECT " * 4_000 + "1" + ")" * 4_000,
        "SELECT 1" + " + a" * 50_000,
    ],
)
def test_a_statement_that_nests_without_end_is_refused_and_the_process_lives(text: str) -> None:
    found: list[object] = []
    reader = threading.Thread(target=lambda: found.append(parse(text, Catalog({}))))
    reader.start()
    reader.join()
    assert isinstance(found[0], NotUnderstood)
    assert "nest" in found[0].reason or found[0].reason == "memory exhausted"


def test_what_stands_around_the_statement_is_left_out() -> None:
    read = grammar.read("/* by nobody */ SELECT 'ü' ; -- that was it")
    assert not isinstance(read, NotUnderstood)
    assert read.text == "SELECT 'ü'"


def test_long_lists_are_no_nesting() -> None:
    numbers = ", ".join(f"${n}" for n in range(1, 20_001))
    parsed = parse(f"SELECT FROM t WHERE a IN ({numbers})", Catalog({}))
    assert not isinstance(parsed, NotUnderstood)
    assert parsed.parameters == 20_000
