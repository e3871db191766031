"""What is set for the role that runs a statement: where its bare names lead, and what its plans cost.

https://www.postgresql.org/docs/current/config-setting.html
"""

import re
from collections.abc import Iterable

SEARCH_PATH = "search_path"
_PLANNING = re.compile(
    r"enable_\w+|cpu_\w+_cost|(seq|random)_page_cost|parallel_(tuple|setup)_cost|effective_\w+|work_mem|hash_mem_multiplier"
    r"|max_parallel_workers_per_gather|min_parallel_\w+|(from|join)_collapse_limit|geqo\w*|cursor_tuple_fraction|jit\w*"
    r"|constraint_exclusion|TimeZone|DateStyle|IntervalStyle",
    re.IGNORECASE,
)
"""What a plan or a literal's meaning depends on; nothing else of a role is taken over."""
_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]+))\s*(?:,|$)')

Settings = tuple[tuple[str, str], ...]


def by_role(rows: Iterable[tuple[str, str, str]]) -> dict[str, Settings]:
    """Gather (role, setting, value) to the settings that matter to planning, the later of two of one name."""
    found: dict[str, dict[str, str]] = {}
    for role, name, value in rows:
        if name == SEARCH_PATH or _PLANNING.fullmatch(name):
            found.setdefault(role, {})[name] = value
    return {role: tuple(sorted(settings.items())) for role, settings in found.items()}


def schemas(path: str, role: str) -> tuple[str, ...]:
    """Read a search_path as the schemas that it names for a role.

    >>> schemas('"$user", public, "My Schema"', "app")
    ('app', 'public', 'My Schema')
    """
    items = (quoted.replace('""', '"') or bare.strip().lower() for quoted, bare in _ITEM.findall(path))
    return tuple(role if item == "$user" else item for item in items if item)


def path_of(schemas_in_order: Iterable[str]) -> str:
    """Write schemas as a search_path.

    >>> path_of(["app", "My Schema"])
    '"app", "My Schema"'
    """
    return ", ".join('"' + name.replace('"', '""') + '"' for name in schemas_in_order)
