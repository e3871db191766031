"""The lines to paste: the `@cached` function, and what its writers call."""

from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.cache.advise import naming
from celeriac.cache.advise.advice import Invalidation
from celeriac.cache.advise.tags import Tag, relevant_writes
from celeriac.cache.advise.writes import Write, Writes
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import ParsedStatement


@dataclass(frozen=True, slots=True)
class Paste:
    """A function to write, as text."""

    name: str
    code: str
    key: str
    tags: tuple[str, ...]


def paste(parsed: ParsedStatement, catalog: Catalog, tags: Sequence[Tag], ttl_s: int, taken: set[str]) -> Paste:
    """Return the function for a statement; `taken` holds the names in use and gets this one."""
    named = naming.arguments(parsed)
    uses = {use.number: use for use in parsed.parameter_uses}
    typed = {name: naming.annotation(uses.get(number), parsed, catalog) for number, name in named.items()}
    key = ":".join(f"{{{name}}}" for name in typed) or "all"
    spelt = tuple(template(tag, catalog, named[tag.parameter] if tag.parameter else "") for tag in tags)
    name = naming.function(parsed, typed, taken)
    imports = sorted({naming.IMPORTS[kind] for kind in typed.values() if kind in naming.IMPORTS})
    head = ", ".join(f"{argument}: {kind}" for argument, kind in typed.items())
    lines = [*imports, *([""] * 2 if imports else [])]
    lines += [
        f'@cached(cache, ttl={ttl_s}, key="{key}", tags=({"".join(f"{_quoted(tag)}, " for tag in spelt).rstrip()}))'
    ]
    lines += [f"def {name}({head}) -> list[dict]: ..."]
    return Paste(name, "\n".join(lines), key, spelt)


def template(tag: Tag, catalog: Catalog, argument: str) -> str:
    """Return a tag's template, such as `scraping_jobs.user_id:{user_id}`."""
    return _table(tag, catalog) + (f".{tag.column}:{{{argument}}}" if tag.column is not None else "")


def invalidations(tags: Sequence[Tag], writes: Writes, catalog: Catalog) -> tuple[Invalidation, ...]:
    """Return what to call after which statement, the most frequent first."""
    found = [_after(tag, write, catalog) for tag in tags for write in relevant_writes(tag, writes)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: -one.changes_per_hour))


def _after(tag: Tag, write: Write, catalog: Catalog) -> Invalidation:
    if tag.column is None:
        call = f"cache.invalidate(tags=({_quoted(_table(tag, catalog))},))"
        return Invalidation(write.statement, round(write.calls_per_hour, 1), call)
    argument = naming.identifier(tag.column)
    call = f"cache.invalidate(tags=(f{_quoted(template(tag, catalog, argument))},))"
    return Invalidation(write.statement, round(write.rows_per_hour, 1), call, _note(tag.column, write))


def _note(column: str, write: Write) -> str | None:
    if column in write.columns:
        return f"for the value of {column} before and after"
    if column not in write.known:
        return f"add RETURNING {column}, and call it for each value"
    return None


def _table(tag: Tag, catalog: Catalog) -> str:
    schema, name = tag.table
    found = catalog.find(None, name)
    bare = found is not None and (found.schema, found.name) == tag.table
    # A brace in a name would open a placeholder.
    return (name if bare else f"{schema}.{name}").replace("{", "{{").replace("}", "}}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
