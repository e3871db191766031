"""The advisor: from a workload to the indexes worth building, each with its reasons.

Reads only: the catalog, then EXPLAIN. The same input gives the same answer unless the time limit strikes.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from celeriac.indexes import calibration, ddl
from celeriac.indexes.calibration import Calibrations
from celeriac.indexes.candidates.partial import rows_share
from celeriac.indexes.candidates.redundancy import replaced
from celeriac.indexes.choose import Choice, Worth, choose
from celeriac.indexes.index import Advice, IndexDefinition, Recommendation, StatementGain, Sureness
from celeriac.indexes.policy import MIB, AdvisorPolicy
from celeriac.indexes.reasons import reason
from celeriac.indexes.served import Progress, Served, understand
from celeriac.indexes.sizing import Sizing
from celeriac.indexes.study import Planner, Study, study
from celeriac.indexes.what_if import planning
from celeriac.indexes.write_cost import write_ms_per_hour, writes_of
from celeriac.statements.catalog import read_catalog
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.workload import Workload

DEFAULT_BUDGET_DIVISOR = 2
LEAST_DEFAULT_BUDGET_BYTES = 64 * MIB
"""Half of a small table would not hold the one index that it needs: an index on one of two columns is larger."""


def recommend(
    connection: Connection,
    workload: Workload,
    policy: AdvisorPolicy,
    *,
    quarantined: Mapping[str, str] | None = None,
    calibrated: Calibrations | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Advice:
    """Advise on a workload; `quarantined` maps an index identity to why it is kept out, `calibrated` an access
    method to what its promises were worth.

    Whatever transaction the connection is in is rolled back; it is given back as it was.
    """
    started = clock()
    quarantined, progress = quarantined or {}, progress or _silent

    def expired() -> bool:
        return clock() - started > policy.time_limit_s

    catalog = read_catalog(connection)
    served, unread = understand(connection, workload, catalog, policy, progress, expired)
    with planning(connection, policy) as what_if:
        planner = Planner(what_if, catalog)
        sizing = Sizing(what_if, catalog, policy)
        budget_bytes = _budget(served, catalog, policy)

        def fits(definition: IndexDefinition) -> bool:
            return sizing.at_least(definition) <= budget_bytes

        found = study(planner, served, catalog, policy, quarantined, fits, expired, progress)
        sizes = calibration.corrected(sizing.of(found.pool), calibrated or {})
        penalties = _penalties(found, served, workload.hours, catalog, policy)
        choice = choose(
            found, planner, served, workload.hours, catalog, policy, sizes, penalties, budget_bytes, expired
        )
        recommendations = [
            calibration.tempered(
                _recommendation(worth, choice, found, planner, served, workload.hours, catalog), calibrated or {}
            )
            for worth in choice.worths
        ]
        verified = what_if.hypothetical
        return Advice(
            recommendations=tuple(sorted(recommendations, key=lambda r: (-r.saving_ms_per_hour, r.ddl))),
            cost_before=sum(choice.cost_before),
            cost_after=sum(choice.cost_after if verified else choice.cost_before),
            what_if_calls=what_if.calls,
            seconds=clock() - started,
            statements=len(workload.statements),
            unplannable=(*unread, *found.unplannable),
            refused=tuple(found.refused),
            planner_verified=verified,
            planning_use=tuple(sorted(what_if.planning_use().items())),
        )


def _budget(served: Sequence[Served], catalog: Catalog, policy: AdvisorPolicy) -> int:
    if policy.budget_bytes is not None:
        return policy.budget_bytes
    names = {(relation.schema, relation.table) for s in served for relation in s.plannable.parsed.relations}
    pages = sum(catalog.tables[name].pages for name in names if name in catalog.tables)
    return max(LEAST_DEFAULT_BUDGET_BYTES, pages * catalog.block_size // DEFAULT_BUDGET_DIVISOR)


def _penalties(
    found: Study, served: Sequence[Served], hours: float, catalog: Catalog, policy: AdvisorPolicy
) -> dict[IndexDefinition, float]:
    """Return what writes pay for each member of the pool; nothing where only the planner's cost counts."""
    if policy.objective == "cost":
        return {}
    writes = writes_of(((s.plannable.parsed, s.statement) for s in served), hours)
    return {
        definition: write_ms_per_hour(
            definition, catalog.tables[name], writes[name], rows_share(definition, catalog.tables[name])
        )
        for definition in found.pool
        if (name := (definition.schema, definition.table)) in writes
    }


def _recommendation(
    worth: Worth,
    choice: Choice,
    found: Study,
    planner: Planner,
    served: Sequence[Served],
    hours: float,
    catalog: Catalog,
) -> Recommendation:
    gains = tuple(
        StatementGain(
            fingerprint=served[of].statement.fingerprint,
            text=served[of].statement.text,
            calls_per_hour=served[of].statement.counters.calls / hours,
            cost_before=choice.cost_before[of],
            cost_after=choice.cost_after[of],
            saving_ms_per_hour=share * served[of].statement.counters.total_ms / hours,
        )
        for of, share in sorted(worth.statements.items(), key=lambda item: -item[1])
    )
    # The planner knows nothing of the look-ups that foreign keys cause.
    asked = planner.simulates(worth.definition) and found.candidates[worth.definition].generator != "foreign_keys"
    sureness: Sureness = "planner" if asked else "estimated"
    replaces = replaced(worth.definition, catalog.tables[worth.definition.schema, worth.definition.table])
    return Recommendation(
        definition=worth.definition,
        ddl=ddl.create(worth.definition),
        size_bytes=worth.size_bytes,
        saving_ratio=worth.ratio,
        saving_ms_per_hour=sum(gain.saving_ms_per_hour for gain in gains),
        write_ms_per_hour=worth.penalty,
        statements=gains,
        reason=reason(found.candidates[worth.definition], worth, gains, replaces, sureness),
        sureness=sureness,
        replaces=replaces,
    )


def _silent(done: int, total: int, note: str) -> None:
    """Report progress to nobody."""
