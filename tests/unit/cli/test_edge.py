import pytest
import typer
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from celeriac.cli import app, main
from celeriac.cli.edge import run
from celeriac.errors import CeleriacError

SECRET = "postgresql://app:hush@db/shop"


class Refused(CeleriacError):
    """It may not be done."""


class Lost(Exception):
    """As psycopg2 says it."""


def failing(error: BaseException) -> typer.Typer:
    one = typer.Typer()
    one.callback()(lambda: None)

    @one.command()
    def fail() -> None:
        raise error

    return one


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (Refused(), 1, "celeriac: It may not be done.\n"),
        (
            OperationalError("SELECT 1", {}, Lost("disk full")),
            1,
            "celeriac: PostgreSQL refused a statement: disk full.\n",
        ),
        (RedisAway("Error 111 connecting"), 1, "celeriac: Redis: Error 111 connecting\n"),
        (typer.Abort(), 130, "celeriac: interrupted\n"),
        (KeyboardInterrupt(), 130, ""),
        (typer.Exit(3), 3, ""),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_code(error, code, sentence, capsys):
    assert run(failing(error), ["fail"]) == code
    assert capsys.readouterr().err.lstrip("\n") == sentence


def test_an_error_of_ours_names_its_place_and_no_secret(capsys):
    assert run(failing(ValueError(f"cannot use {SECRET}\nsecond line")), ["fail"]) == 1

    said = capsys.readouterr().err
    assert "ValueError at test_edge.py:" in said
    assert "postgresql://app:***@db/shop second line" in said
    assert "hush" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["doctor", "--wrong"], "No such option"),
        (["reprot"], "No such command 'reprot'"),
        (["report", SECRET, "--top", "soon"], "--top"),
        (["ledger", SECRET, "--format", "yaml"], "--format"),
    ],
)
def test_wrong_usage_is_one_line(arguments, hint, capsys):
    assert run(app, arguments) == 2

    said = capsys.readouterr().err
    assert hint in said
    assert said.endswith("see `celeriac --help`.\n")
    assert said.count("\n") == 1
    assert "hush" not in said


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://app:hush@db/shop", "begins with mysql://"),
        ("shop", "cannot be parsed"),
        ("postgresql://app:hush@[::1/shop", "cannot be parsed"),
        ("postgresql://app:hush@db:port/shop", "cannot be parsed"),
        ("postgresql://app:hush@localhost:1/shop", "cannot be reached"),
        ("postgresql://app:hush@localhost:1/shop?wrong=option", 'invalid connection option "wrong"'),
    ],
)
@pytest.mark.parametrize("command", ["doctor", "migrate", "report", "ledger"])
def test_a_wrong_url_is_told_without_repeating_it(command, url, sentence, capsys):
    assert run(app, [command, url]) == 1

    said = capsys.readouterr().err
    assert sentence in said
    assert "hush" not in said
    assert said.count("\n") == 1


def test_a_missing_url_is_told_where_it_could_come_from(capsys, monkeypatch):
    for variable in ("CELERIAC_TARGETS__MAIN__URL", "DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)

    assert run(app, ["doctor"]) == 1
    assert "set CELERIAC_TARGETS__MAIN__URL or DATABASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("variable", ["CELERIAC_TARGETS__MAIN__URL", "DATABASE_URL"])
def test_a_url_from_the_environment_is_taken_and_not_shown_in_help(variable, capsys, monkeypatch):
    monkeypatch.setenv(variable, "mysql://app:hush@db/shop")

    assert run(app, ["doctor"]) == 1
    assert "begins with mysql://" in capsys.readouterr().err
    assert run(app, ["doctor", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "hush" not in shown
    assert "DATABASE_URL" in shown


def test_the_program_exits_with_its_code(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["celeriac", "doctor", "shop"])

    with pytest.raises(SystemExit) as exited:
        main()
    assert exited.value.code == 1
    assert "cannot be parsed" in capsys.readouterr().err


def test_without_arguments_the_help_is_shown(capsys):
    assert run(app, []) == 0
    assert "doctor" in capsys.readouterr().out
