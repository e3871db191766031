"""The table of docs/settings.md, written from the settings themselves: `python -m config.documentation` renews it."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from config.sections.servers import Target
from config.sections.telling import ChannelSettings
from config.settings import Settings, variable

PAGE: Final = Path(__file__).parent.parent / "docs" / "settings.md"
BEGIN: Final = "<!-- begin: written by `python -m config.documentation` -->"
END: Final = "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting."""

    name: str
    default: str
    meaning: str


def table() -> str:
    """Return every setting as a Markdown table."""
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{row.name}` | {f'`{row.default}`' if row.default else ''} | {row.meaning} |" for row in rows()]
    return "\n".join(lines)


def rows() -> Iterator[Row]:
    """Yield every setting in the order of the code; `<NAME>` stands for what the operator names."""
    for name, field in Settings.model_fields.items():
        default = field.default
        if name == "targets":
            yield from _of(("targets", "<name>"), Target())
        elif name == "channels":
            yield from _of(("channels", "<name>"), ChannelSettings(kind="log"))
        elif isinstance(default, BaseModel) or is_dataclass(default):
            yield from _of((name,), default)
        else:
            yield Row(variable(name), _written(default), _docstrings(Settings).get(name, ""))


def write(page: Path = PAGE) -> None:
    """Renew the table between the two marks of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}", encoding="utf-8")


def _of(path: tuple[str, ...], group: Any) -> Iterator[Row]:
    meanings = _docstrings(type(group))
    for name in _names(group):
        value = getattr(group, name)
        if is_dataclass(value) or isinstance(value, BaseModel):
            yield from _of((*path, name), value)
        elif isinstance(value, dict):
            yield Row(variable(*path, name, "<name>"), "", meanings.get(name, ""))
        else:
            yield Row(variable(*path, name), _written(value), meanings.get(name, ""))


def _names(group: Any) -> list[str]:
    if isinstance(group, BaseModel):
        return list(type(group).model_fields)
    return [field.name for field in fields(group)]


def _docstrings(kind: type[Any]) -> dict[str, str]:
    """Return what stands below each field of a class: Python itself forgets it."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                found[name] = " ".join(said.split()).replace("|", "\\|")
    return found


def _written(value: Any) -> str:
    match value:
        case None:
            return "none"
        case SecretStr():
            return value.get_secret_value()
        case timedelta():
            return _duration(value)
        case bool():
            return str(value).lower()
        case tuple():
            return json.dumps([_written(one) for one in value])
        case _:
            return str(value)


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:g}s"


if __name__ == "__main__":
    write()
