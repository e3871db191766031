"""Names of everything the cache keeps in Redis; two processes agree on an entry because they agree on this module.

`<prefix>:<kind>:<namespace>:<key>` with kinds v (value), l (lock of the computation), w (wake list of those who wait),
g (generation of a namespace), t (generation of a tag), b (barrier of a namespace); and
`<prefix>:s` (statistics), `<prefix>:r` (the server's run).
In a cluster what follows the kind is a hash tag, `{<namespace>:<key>}`: an entry, its lock and its list share a slot.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from string import Formatter
from typing import Any
from uuid import UUID

from celeriac.cache.errors import KeyRefused, NameRefused

MAX_KEY_LENGTH = 200
"""Longer keys are replaced by their digest: Redis compares and keeps every byte of a key."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}\Z")
_GLOB = re.compile(r"[][*?\\^]")
_SIMPLE = frozenset({str, int, bool, float, type(None)})
_TEXTUAL = (UUID, datetime, date, Decimal)


class Names:
    """The Redis keys of one namespace; those of an entry are `value`, `lock` or `wake`, its key, and `end`."""

    __slots__ = ("barrier", "end", "generation", "lock", "namespace", "prefix", "value", "wake")

    def __init__(self, prefix: str, namespace: str, *, scattered: bool = False) -> None:
        self.prefix = checked_name(prefix, "prefix")
        self.namespace = checked_name(namespace, "namespace")
        # The namespace stands inside of the hash tag: a key that begins with a brace would else leave the tag empty.
        opening, self.end = ("{", "}") if scattered else ("", "")
        self.value = f"{prefix}:v:{opening}{namespace}:"
        self.lock = f"{prefix}:l:{opening}{namespace}:"
        self.wake = f"{prefix}:w:{opening}{namespace}:"
        self.generation = f"{prefix}:g:{namespace}"
        self.barrier = f"{prefix}:b:{namespace}"

    def tag(self, tag: str) -> str:
        """Return the key of a tag's generation; tags span namespaces."""
        return f"{self.prefix}:t:{tag}"

    def pattern(self, pattern: str) -> str:
        """Return the SCAN pattern of this namespace's values."""
        return _GLOB.sub(r"\\\g<0>", self.value) + pattern + self.end

    def lock_pattern(self, pattern: str) -> str:
        """Return the SCAN pattern of the locks on computations of this namespace's values."""
        return _GLOB.sub(r"\\\g<0>", self.lock) + pattern + self.end


def checked_name(name: str, what: str) -> str:
    """Return a prefix or namespace, or raise NameRefused: a colon would let two names mean one key."""
    if not isinstance(name, str) or not _NAME.match(name):
        raise NameRefused(given=name, what=what)
    return name


def checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return tags in the one order in which an entry keeps them.

    >>> checked_tags(("user:2", "jobs", "jobs"))
    ('jobs', 'user:2')
    """
    for tag in tags:
        if not isinstance(tag, str) or not tag or "\n" in tag or len(tag) > MAX_KEY_LENGTH:
            raise KeyRefused(given=f"the tag {tag!r}", why=f"a tag is 1 to {MAX_KEY_LENGTH} characters in one line")
    return tuple(sorted(set(tags))) if len(tags) > 1 else tags


def shortened(key: str) -> str:
    """Return the key as it is, or its digest where it is long.

    >>> shortened("user:42")
    'user:42'
    >>> len(shortened("x" * 1000))
    33
    """
    if not isinstance(key, str) or not key:
        raise KeyRefused(given=repr(key), why="a key is a text of at least one character")
    if len(key) <= MAX_KEY_LENGTH:
        return key
    return "~" + blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def from_arguments(arguments: tuple[Any, ...]) -> str:
    """Return the key of a call: equal arguments of equal type give the same key in every process.

    >>> from_arguments((42, "done"))
    "42,'done'"
    >>> from_arguments((True,)) == from_arguments((1,))
    False
    """
    return ",".join([repr(value) if type(value) in _SIMPLE else _spelt(value) for value in arguments]) or "()"


@dataclass(frozen=True, slots=True)
class Template:
    """A key template such as `user:{user_id}`; a colon or percent sign inside a value is escaped.

    >>> Template.parse("user:{id}:{role}").fill({"id": 7, "role": "a:b"})
    'user:7:a%3Ab'
    """

    text: str
    first: str
    rest: tuple[tuple[str, str], ...]
    """Each placeholder with the text behind it."""

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a template; placeholders are plain names."""
        try:
            pieces = list(Formatter().parse(text))
        except ValueError as malformed:
            raise KeyRefused(given=f"the template {text!r}", why=str(malformed)) from None
        literals, names = [""], []
        for literal, name, spec, conversion in pieces:
            literals[-1] += literal
            if name is not None:
                if not name.isidentifier() or spec or conversion:
                    raise KeyRefused(
                        given=f"the template {text!r}", why="placeholders are plain names, as in {user_id}"
                    )
                names.append(name)
                literals.append("")
        return cls(text, literals[0], tuple(zip(names, literals[1:], strict=True)))

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders in order."""
        return tuple(name for name, _ in self.rest)

    def known(self, names: Collection[str]) -> "Template":
        """Return itself, or raise KeyRefused where a placeholder is none of these names."""
        for name in self.names:
            if name not in names:
                known = ", ".join(names) or "none"
                raise KeyRefused(given=f"the template {self.text!r}", why=f"nothing is called {name}; known: {known}")
        return self

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the key for these values."""
        filled = self.first
        for name, literal in self.rest:
            filled += _escaped(values[name]) + literal
        return filled

    def on(self, names: tuple[str, ...]) -> Callable[[Sequence[Any]], str]:
        """Return what fills it from values in the order of these names; raises KeyRefused as `known` does."""
        first = self.known(names).first
        spots = [(names.index(name), literal) for name, literal in self.rest]

        def fill(values: Sequence[Any]) -> str:
            filled = first
            for position, literal in spots:
                filled += _escaped(values[position]) + literal
            return filled

        return fill


def _escaped(value: Any) -> str:
    text = str(value)
    # Else ("a:b", "c") and ("a", "b:c") would be one key, and one caller would read the other's value.
    if ":" in text or "%" in text:
        return text.replace("%", "%25").replace(":", "%3A")
    return text


def _spelt(value: Any) -> str:
    if isinstance(value, _TEXTUAL):
        return f"{type(value).__name__}({value})"
    if isinstance(value, list | tuple):
        return f"[{','.join([_spelt(part) for part in value])}]"
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{_spelt(name)}:{_spelt(part)}' for name, part in value.items()))}}}"
    if isinstance(value, set | frozenset):
        return f"<{','.join(sorted(_spelt(part) for part in value))}>"
    if type(value) in _SIMPLE:
        return repr(value)
    # repr() of an arbitrary object holds its address: no two processes, and no two calls, would agree on it.
    raise KeyRefused(
        given=f"an argument of type {type(value).__name__}",
        why='name the arguments that matter, as in @cached(…, key="user:{user_id}")',
    )
