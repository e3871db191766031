"""Name the queries worth caching, and say why the others are not: pure, from measured statements and the catalog."""

from collections.abc import Mapping

from celeriac.cache.advise import model, worth
from celeriac.cache.advise.advice import Cacheable, CacheAdvice, NotCacheable
from celeriac.cache.advise.case import Around, Case
from celeriac.cache.advise.facts import Name, ServerFacts
from celeriac.cache.advise.paste import invalidations, paste
from celeriac.cache.advise.plan import Plan, plan_of
from celeriac.cache.advise.policy import CacheAdvicePolicy
from celeriac.cache.advise.purity import why_not
from celeriac.cache.advise.writes import roots_of, writes_of
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParsedStatement
from celeriac.statements.parsing import parse
from celeriac.statements.statement import Statement
from celeriac.statements.workload import Workload


def advise(
    workload: Workload,
    catalog: Catalog,
    policy: CacheAdvicePolicy,
    server: ServerFacts = ServerFacts(),  # noqa: B008 - frozen
    unseen: Mapping[Name, float] | None = None,
) -> CacheAdvice:
    """Return which of the workload's queries to cache, each with its lifetime, tags, expected hits and code.

    `unseen` are rows an hour that were written to each table by none of the statements (`unseen_writes`).
    """
    parsed, roots = _parsed(workload, catalog), roots_of(catalog)
    writes = writes_of(parsed, workload.hours, catalog, roots)
    around = Around(catalog, server, policy, workload.hours, roots, writes, dict(unseen or {}))
    taken: set[str] = set()
    heaviest = sorted(parsed, key=lambda pair: -pair[1].counters.total_ms)
    judged = [_judge(Case(one, statement, around), taken) for one, statement in heaviest if one.kind == "select"]
    cacheable = sorted((one for one in judged if isinstance(one, Cacheable)), key=lambda one: -one.saved_ms_per_hour)
    refused = [one for one in judged if isinstance(one, NotCacheable)]
    return CacheAdvice(
        tuple(cacheable[: policy.most_advised]), tuple(refused[: policy.most_refused]), len(judged), workload.hours
    )


def unseen_writes(workload: Workload, catalog: Catalog, written: Mapping[Name, float]) -> dict[Name, float]:
    """Return the rows an hour that the server saw written and no statement explains: COPY, triggers, other programs.

    `written` are rows an hour by `rates`, over the same time as the workload.
    """
    writes = writes_of(_parsed(workload, catalog), workload.hours, catalog, roots_of(catalog))
    explained = {name: sum(write.rows_per_hour for write in those) for name, those in writes.items()}
    # The two are not counted at the same instant: a small difference is no write.
    return {
        name: rows - explained.get(name, 0.0)
        for name, rows in written.items()
        if rows > 1.1 * explained.get(name, 0.0) + 1
    }


def _parsed(workload: Workload, catalog: Catalog) -> list[tuple[ParsedStatement, Statement]]:
    understood = [(parse(statement.text, catalog), statement) for statement in workload.statements]
    return [(one, statement) for one, statement in understood if not isinstance(one, NotUnderstood)]


def _judge(case: Case, taken: set[str]) -> Cacheable | NotCacheable:
    reason = why_not(case.parsed, case.around.catalog, case.around.server) or worth.at_first_sight(case)
    if reason is None:
        plan = plan_of(case)
        reason = worth.as_planned(case, plan)
        if reason is None:
            return _cacheable(case, plan, taken)
    ms_per_hour = round(case.counters.total_ms / case.around.hours, 1)
    return NotCacheable(case.statement.fingerprint, case.statement.text, reason, ms_per_hour)


def _cacheable(case: Case, plan: Plan, taken: set[str]) -> Cacheable:
    around, statement, calls, size = case.around, case.statement, case.calls_per_hour, case.entry_bytes
    pasted = paste(case.parsed, around.catalog, plan.tags, plan.ttl_s, taken)
    return Cacheable(
        fingerprint=statement.fingerprint,
        role=statement.role,
        statement=statement.text,
        name=pasted.name,
        code=pasted.code,
        ttl_s=plan.ttl_s,
        key=pasted.key,
        tags=pasted.tags,
        invalidations=invalidations(plan.tags, around.writes, around.catalog),
        calls_per_hour=round(calls, 1),
        mean_ms=round(statement.counters.mean_ms, 3),
        keys=round(plan.keys),
        changes_per_hour=round(plan.changes_per_hour, 3),
        hit_ratio=plan.hit_ratio,
        stale_ratio=model.stale_ratio(plan.groups, plan.ttl_s),
        saved_ms_per_hour=round(case.saved_ms_per_hour(plan.hit_ratio), 1),
        entry_bytes=size,
        memory_bytes=round(model.entries(plan.groups, calls, plan.ttl_s) * size),
        reason=_sentence(calls, plan),
        notes=_notes(case, plan),
    )


def _sentence(calls: float, plan: Plan) -> str:
    spread = "always with the same parameters" if plan.keys < 1.5 else f"over some {plan.keys:,.0f} keys"
    changes = plan.changes_per_hour
    rate = f"what one shows changes {changes:,.2f} times an hour" if changes >= 0.001 else "none of it was written"
    return f"{calls:,.0f} calls an hour {spread}, and {rate}: {plan.hit_ratio:.0%} would be hits at {plan.ttl_s} s."


def _notes(case: Case, plan: Plan) -> tuple[str, ...]:
    notes = []
    texts = [column.name for column in case.returned if column.type.startswith(("time", "date", "numeric", "uuid"))]
    if texts:
        names = ", ".join(dict.fromkeys(texts))
        notes.append(f"{names} come back as text: give @cached a load function where that matters")
    hidden = sorted({".".join(tag.table) for tag in plan.tags if tag.table in case.around.unseen})
    if hidden:
        notes.append(f"{', '.join(hidden)} is also written by what was not measured (COPY, triggers, other programs)")
    return tuple(notes)
