import orjson
import pytest

from celeriac.cli.connecting import parse_url
from celeriac.cli.printing import PIPED_WIDTH, console, print_json, shorten, size, table


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_plain_urls_are_taken(scheme):
    parsed = parse_url(f"{scheme}://app:hush@db:5433/shop?sslmode=require")

    assert (parsed.drivername, parsed.host, parsed.port) == ("postgresql+psycopg2", "db", 5433)
    assert parsed.query["sslmode"] == "require"
    assert "hush" not in str(parsed)


def test_a_pipe_gets_no_colour_and_whole_statements(capsys):
    console().print(table("Slow", ("calls", "statement"), [(7, "SELECT " + "x" * 130)], right=("calls",)))

    lines = capsys.readouterr().out.splitlines()
    assert "\x1b" not in "".join(lines)
    assert any("x" * 130 in line and len(line) <= PIPED_WIDTH for line in lines)


def test_brackets_in_a_statement_are_no_markup(capsys):
    console().print(table("Slow", ("statement",), [("SELECT a[1] FROM t WHERE b = '[red]'",)]))

    assert "SELECT a[1] FROM t WHERE b = '[red]'" in capsys.readouterr().out


def test_json_is_one_document(capsys):
    print_json({"a": [1, 2.5, None, "é"]})

    assert orjson.loads(capsys.readouterr().out) == {"a": [1, 2.5, None, "é"]}


def test_figures_for_people():
    assert shorten("SELECT  1,\n  2", 20) == "SELECT 1, 2"
    assert shorten("SELECT " + "x" * 20, 12) == "SELECT xxx …"
    assert [size(n) for n in (None, 0, 1023, 1024, 5 * 1024**4, 5 * 1024**5)] == [
        "", "0 B", "1023 B", "1.0 KiB", "5.0 TiB", "5120.0 TiB",
    ]  # fmt: skip
