"""Read warmers from a TOML file: `[[warmer]]` tables with the fields of `SqlWarmer`; with a `task`, of `TaskWarmer`."""

import tomllib
from dataclasses import MISSING, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from celeriac.cache.warmers.refusal import WarmerRefused
from celeriac.cache.warmers.task_warmer import TaskWarmer
from celeriac.cache.warmers.warmer import SqlWarmer, Warmer
from celeriac.errors import CeleriacError

_KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "query": (str,),
    "key": (str,),
    "namespace": (str,),
    "ttl_s": (int, float),
    "shape": (str,),
    "priority": (int,),
    "parameters": (dict,),
    "parameter_query": (str,),
    "replay_query": (str,),
    "tags": (list,),
    "task": (str,),
    "queue": (str,),
    "expires_s": (int,),
}
_NAMES = {str: "text", int: "a whole number", float: "a number", dict: "a table", list: "a list of texts"}


class WarmersUnreadable(CeleriacError):
    """The warmers in {path} cannot be read: {why}."""


def read(path: Path | str) -> tuple[Warmer, ...]:
    """Return the warmers of a file; raises WarmersUnreadable with a sentence that names the warmer and the field."""
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as failure:
        raise WarmersUnreadable(path=path, why=failure.strerror or str(failure)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as malformed:
        raise WarmersUnreadable(path=path, why=f"it is not TOML ({malformed})") from None
    tables = document.pop("warmer", [])
    if document:
        raise WarmersUnreadable(path=path, why=f"{next(iter(document))!r} is not known; warmers are [[warmer]] tables")
    if not isinstance(tables, list):
        raise WarmersUnreadable(path=path, why="write [[warmer]], with two brackets, for each warmer")
    try:
        warmers = tuple(_warmer(position, table) for position, table in enumerate(tables, start=1))
        _refuse_doubles(warmers)
    except CeleriacError as refusal:
        raise WarmersUnreadable(path=path, why=str(refusal)) from None
    return warmers


def _warmer(position: int, table: dict[str, Any]) -> Warmer:
    name = str(table.get("name", f"number {position}"))
    if "task" in table and "query" in table:
        raise WarmerRefused(name=name, why="it has a query and a task; it can be one of the two")
    kind: type[SqlWarmer] | type[TaskWarmer] = TaskWarmer if "task" in table else SqlWarmer
    known = {field.name: field for field in fields(kind)}
    for field, value in table.items():
        if field not in known:
            near = get_close_matches(field, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
            raise WarmerRefused(name=name, why=f"it has no field {field!r}; {hint}")
        if not isinstance(value, _KINDS[field]) or isinstance(value, bool):
            raise WarmerRefused(name=name, why=f"{field} must be {_NAMES[_KINDS[field][-1]]}, not {value!r}")
    missing = [field.name for field in known.values() if _required(field) and field.name not in table]
    if missing:
        raise WarmerRefused(name=name, why=f"it lacks {', '.join(missing)}")
    if "tags" not in table:
        return kind(**table)
    if not all(isinstance(tag, str) for tag in table["tags"]):
        raise WarmerRefused(name=name, why=f"tags must be a list of texts, not {table['tags']!r}")
    return kind(**(table | {"tags": tuple(table["tags"])}))


def _required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _refuse_doubles(warmers: tuple[Warmer, ...]) -> None:
    seen: set[str] = set()
    for warmer in warmers:
        if warmer.name in seen:
            raise WarmerRefused(name=warmer.name, why="two warmers have this name")
        seen.add(warmer.name)
