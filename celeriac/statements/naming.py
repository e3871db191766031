"""Find out which statement each key of the server's stands for, asking for the texts of unknown ones only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from celeriac.statements.extension import Extension
from celeriac.statements.reading import Key, Text, read_texts
from celeriac.statements.statement import Counters, Statement, fingerprint
from celeriac.statements.texts import UNREAD, bare, classify, shape


@dataclass(frozen=True, slots=True)
class Names:
    """Every key's statement, and the statements that were not known before."""

    fingerprints: Mapping[Key, str]
    """A fingerprint, or one of `celeriac.statements.texts.Other`."""
    met: Mapping[str, Statement]
    """By fingerprint, without counters."""


def name_statements(
    connection: Connection, extension: Extension, keys: Collection[Key], known: Mapping[Key, str], max_chars: int
) -> Names:
    """Name every key, reading the texts of those that are not known."""
    unknown = [key for key in keys if known.get(key, UNREAD) == UNREAD]
    texts = read_texts(connection, extension, unknown, max_chars)
    fingerprints = {key: known.get(key, UNREAD) for key in keys}
    met: dict[str, Statement] = {}
    for key, raw in texts.items():
        named = _name(raw, max_chars)
        if isinstance(named, Statement):
            met[named.fingerprint] = named
            fingerprints[key] = named.fingerprint
        else:
            fingerprints[key] = named
    return Names(fingerprints, met)


def find_texts(
    connection: Connection, extension: Extension, fingerprints: Collection[str], names: Names, max_chars: int
) -> list[Statement]:
    """Return statements with their texts, from those just met or from the server; one evicted meanwhile is left out."""
    met = {name: names.met[name] for name in fingerprints if name in names.met}
    keys = [key for key, name in names.fingerprints.items() if name in fingerprints and name not in met]
    for key, raw in read_texts(connection, extension, keys, max_chars).items():
        named = _name(raw, max_chars)
        if isinstance(named, Statement):  # under the name it is known by: its role may have been renamed
            met[names.fingerprints[key]] = replace(named, fingerprint=names.fingerprints[key])
    return list(met.values())


def _name(raw: Text, max_chars: int) -> Statement | str:
    """Return the statement a text stands for, or what it is instead."""
    if kind := classify(raw.text, max_chars):
        return kind
    assert raw.text is not None
    text = bare(raw.text)
    return Statement(fingerprint(raw.role, shape(text)), raw.role, text, Counters())
