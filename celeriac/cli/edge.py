"""The edge of the process: whatever goes wrong becomes one sentence on stderr and an exit code, never a traceback."""

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from celeriac.cli.refusals import explain
from celeriac.errors import CeleriacError
from celeriac.refusals import without_secrets

FAILED: Final = 1
INTERRUPTED: Final = 130


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    command = typer.main.get_command(app)
    try:
        outcome = command.main(args=list(arguments) or ["--help"], prog_name="celeriac", standalone_mode=False)
    except CeleriacError as error:
        return _fail(str(error))
    except DBAPIError as error:
        return _fail(str(explain(error)))
    except RedisError as error:
        return _fail(f"Redis: {without_secrets(str(error))}")
    except typer.Abort:
        return _fail("interrupted", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - nothing but a sentence may leave the process
        return _unexpected(error)
    return outcome if isinstance(outcome, int) else 0


def _unexpected(error: Exception) -> int:
    """Tell wrong usage from an error of ours; typer's own exceptions are private, so what they can do tells them."""
    say = getattr(error, "format_message", None)
    if say is not None:
        return _fail(f"{_line(say()).rstrip('.')}; see `celeriac --help`.", getattr(error, "exit_code", 2))
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return _fail(f"internal error, please report it: {type(error).__name__} at {place}: {_line(str(error))}")


def _fail(sentence: str, code: int = FAILED) -> int:
    sys.stderr.write(f"celeriac: {sentence}\n")
    return code


def _line(text: str) -> str:
    return " ".join(without_secrets(text).split())
