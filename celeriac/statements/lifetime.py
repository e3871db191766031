"""Read what pg_stat_statements holds now as one window, for a first look where nothing was captured yet."""

from datetime import datetime

from sqlalchemy import Connection

from celeriac.statements.delta import fold
from celeriac.statements.extension import find
from celeriac.statements.naming import name_statements
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.reading import Reading, read
from celeriac.statements.statement import Statement, Window


def read_lifetime(connection: Connection, target: str, policy: StatementPolicy) -> Window:
    """Return everything since the counters began as one window; touches no ledger.

    Raises ExtensionMissing, ExtensionNotLoaded, ExtensionOutdated, StatisticsHidden.
    """
    extension = find(connection)
    now = read(connection, extension)
    names = name_statements(connection, extension, now.entries, {}, policy.max_text_chars)
    ran = {key: entry.counters for key, entry in now.entries.items() if entry.counters.calls}
    counters, other = fold(ran, names.fingerprints, policy.max_statements)
    texts = names.met
    query_ids: dict[str, set[int]] = {}
    for key in ran:
        query_ids.setdefault(names.fingerprints[key], set()).add(key.query_id)
    return Window(
        target=target,
        started_at=_began(now),
        ended_at=now.server.read_at,
        statements=tuple(
            Statement(name, texts[name].role, texts[name].text, summed, tuple(sorted(query_ids[name])))
            for name, summed in counters.items()
        ),
        complete=not now.server.dealloc,
        other=other,
    )


def _began(now: Reading) -> datetime:
    """Return when the counters began: at their reset, or with the server where the extension does not say."""
    return now.server.stats_reset or now.server.postmaster_started_at
