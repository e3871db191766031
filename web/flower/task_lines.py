"""Our tasks in Flower's own lists: what each was asked and what came of it, in a line, with nothing secret.

Flower holds arguments and results as texts that Celery cut; only what still reads as a value is summed up.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any, Final

LONGEST: Final = 160
_OURS: Final = "celeriac."
_SECRET_VALUE: Final = re.compile(
    r"((?:['\"]?\w*(?:password|passwd|pwd|secret|token|api_?key|authorization)\w*['\"]?)\s*[:=]\s*)"
    r"(['\"])(?:(?!\2).)*\2?",
    re.IGNORECASE,
)
_SECRET_IN_URL: Final = re.compile(r"(\w+://[^:/@\s'\"]*:)[^@\s'\"]+(@)")
_SECRET_IN_DSN: Final = re.compile(r"\b(password=)[^\s'\"&]+", re.IGNORECASE)
_NUMBERED: Final = {"change_id": "change", "run_id": "maintenance run"}
_LED: Final = {"target", *_NUMBERED}
_NOUNS: Final = {"dispatched": "dispatched", "held_back": "held back", "proposed": "proposed"}


def format_task(task: Any) -> Any:
    """Return Flower's copy of a task with its secrets hidden and, where it is ours, its lines written.

    Flower calls it for each task that it shows; what it cannot read it leaves, hidden secrets apart.
    """
    ours = (task.name or "").startswith(_OURS)
    for field in ("args", "kwargs", "result", "exception", "traceback"):
        value = getattr(task, field, None)
        if isinstance(value, str):
            setattr(task, field, hidden(value))
    if ours:
        task.kwargs = asked(task.kwargs)
        task.result = came(task.result)
    return task


def hidden(text: str) -> str:
    """Return a text without the secrets in it.

    >>> hidden("{'url': 'postgresql://app:hush@db/app', 'api_token': 'hush'}")
    "{'url': 'postgresql://app:***@db/app', 'api_token': '***'}"
    """
    text = _SECRET_IN_URL.sub(r"\1***\2", text)
    text = _SECRET_VALUE.sub(r"\1\2***\2", text)
    return _SECRET_IN_DSN.sub(r"\1***", text)


def asked(kwargs: Any) -> Any:
    """Write what a task was asked.

    >>> asked("{'change_id': 7, 'target': 'main'}")
    'change 7 · main'
    >>> asked("{'run_id': 3, 'target': 'main'}")
    'maintenance run 3 · main'
    """
    read = _value(kwargs)
    if not isinstance(read, dict):
        return kwargs
    rest = {name: value for name, value in read.items() if name not in _LED and value is not None}
    parts = [
        *(f"{noun} {read[name]}" for name, noun in _NUMBERED.items() if name in read),
        *([str(read["target"])] if "target" in read else []),
        *(f"{name}: {value}" for name, value in rest.items()),
    ]
    return _cut(" · ".join(parts))


def came(result: Any) -> Any:
    """Write what came of a task.

    >>> came("{'status': 'done', 'recommendations': 3, 'dispatched': [4, 5], 'held_back': 0}")
    'done · recommendations 3 · dispatched 4, 5'
    >>> came("{'run_id': 3, 'status': 'done', 'outcome': '4,000 of 5,000 dead rows were removed'}")
    'done: 4,000 of 5,000 dead rows were removed'
    >>> came("{'status': 'skipped', 'reason': 'the change is kept'}")
    'skipped: the change is kept'
    """
    read = _value(result)
    if not isinstance(read, dict):
        return result
    lead = str(read.get("status", "done"))
    said = read.get("reason") or read.get("outcome")
    if said:
        return _cut(f"{lead}: {said}")
    return _cut(" · ".join([lead, *_parts(read)]))


def _parts(read: Mapping[str, Any]) -> list[str]:
    shown = []
    for name, value in read.items():
        if name in ("status", *_NUMBERED) or value in (None, [], {}, 0, ""):
            continue
        label = _NOUNS.get(name, name.replace("_", " "))
        if isinstance(value, list):
            plain = all(isinstance(one, int | str) for one in value)
            shown.append(f"{label} {', '.join(map(str, value)) if plain else len(value)}")
        elif isinstance(value, dict):
            shown.append(f"{label}: {', '.join(f'{key} {one}' for key, one in value.items())}")
        else:
            shown.append(f"{label} {value}")
    return shown


def _value(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
