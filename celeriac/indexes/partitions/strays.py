"""Parts on partitions that no change will attach any more are dropped, one by one and without blocking."""

from dataclasses import dataclass

from celeriac.indexes import ddl, leftovers
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes
from celeriac.ledger.states import INDEX_PRESENT, State
from celeriac.sql import load
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

UNFINISHED: frozenset[State] = frozenset({"approved", "baselined", "building"})
"""States in which the next attempt goes on with what is there."""


@dataclass(frozen=True, slots=True)
class Swept:
    """One part that was dropped, or why it is still there."""

    change_id: int
    name: str
    outcome: str


def sweep(sessions: Sessions, target: str, policies: Policies) -> tuple[Swept, ...]:
    """Drop the parts whose change is closed or unknown.

    What a detached partition took with it stays as long as the change does: attached again, it would be built anew
    under the server's lock.
    """
    rows = sessions.watch.execute(load(__file__, "strays"), {"mark": ddl.PART}).all()
    with sessions.ledger() as ledger:
        open_ = {change.id for change in changes.in_states(ledger, target, *UNFINISHED, *INDEX_PRESENT)}
    swept = []
    for row in rows:
        change_id = ddl.owner_of(row.name)
        if change_id is None or change_id in open_:
            continue
        with sole_maker(sessions.ddl, target, row.table_schema, row.table_name) as alone:
            if not alone:
                continue
            outcome = leftovers.drop_named(sessions, row.schema_name, row.name, policies.build)
        words = outcome.reason if isinstance(outcome, Refused) else "the part of a closed change is gone"
        swept.append(Swept(change_id, row.name, words))
    return tuple(swept)
