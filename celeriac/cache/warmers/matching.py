"""Read a key back into what its template was filled with."""

import re
from collections.abc import Callable

from celeriac.cache.keys import Template

Reading = Callable[[str], dict[str, str] | None]


def reader(template: str) -> Reading:
    """Return what reads a key's values by name, None for a key of another make.

    >>> reader("user:{id}:{role}")("user:7:a%3Ab")
    {'id': '7', 'role': 'a:b'}
    >>> reader("user:{id}")("job:7") is None
    True
    """
    parsed = Template.parse(template)
    seen: set[str] = set()
    pattern = re.escape(parsed.first)
    for name, literal in parsed.rest:
        # A value holds no colon: the template escapes them.
        pattern += f"(?P={name})" if name in seen else f"(?P<{name}>[^:]*)"
        pattern += re.escape(literal)
        seen.add(name)
    compiled = re.compile(pattern + r"\Z", re.DOTALL)

    def read(key: str) -> dict[str, str] | None:
        found = compiled.match(key)
        return None if found is None else {name: _plain(value) for name, value in found.groupdict().items()}

    return read


def _plain(value: str) -> str:
    return value.replace("%3A", ":").replace("%25", "%")
