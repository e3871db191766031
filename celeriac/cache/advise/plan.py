"""How a statement would be cached: its tags, its lifetime, and how often that would hit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celeriac.cache.advise import model, parameters
from celeriac.cache.advise.case import Around, Case
from celeriac.cache.advise.facts import Name
from celeriac.cache.advise.model import KeyGroup
from celeriac.cache.advise.tags import Tag, changes_per_hour, tags_of
from celeriac.cache.advise.values import Combination


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to cache a statement."""

    tags: tuple[Tag, ...]
    groups: tuple[KeyGroup, ...]
    ttl_s: int
    hit_ratio: float

    @property
    def keys(self) -> float:
        """Distinct sets of parameters."""
        return sum(group.keys for group in self.groups)

    @property
    def changes_per_hour(self) -> float:
        """Of what a call asks for, over all calls."""
        return model.mean_changes(self.groups)


def plan_of(case: Case) -> Plan:
    """Prefer the tags of whole tables where they win as much: they ask less of whoever writes."""
    around = case.around
    combined = parameters.combinations(case.parsed, around.catalog, around.policy.pages, case.counters.rows_per_call)
    narrow = tags_of(case.parsed, around.catalog, around.roots)
    whole = tuple(dict.fromkeys(tag.whole() for tag in narrow))
    simple, precise = (_with(tags, combined, case) for tags in (whole, narrow))
    enough = max(around.policy.min_hit_ratio, precise.hit_ratio - around.policy.gain_margin)
    return simple if simple.hit_ratio >= enough else precise


def _with(tags: tuple[Tag, ...], combined: Sequence[Combination], case: Case) -> Plan:
    around, policy, calls = case.around, case.around.policy, case.calls_per_hour
    groups = _groups(tags, combined, around, around.unseen)
    # A short look that saw no write says little: the lifetime is chosen as if it had seen one more to each table.
    one_more = {tag.table: around.unseen.get(tag.table, 0.0) + 1 / around.hours for tag in tags}
    ttl_s = model.lifetime_s(
        _groups(tags, combined, around, one_more),
        calls,
        least_s=policy.min_ttl_s,
        most_s=policy.max_ttl_s,
        max_stale_ratio=policy.max_stale_ratio,
        gain_margin=policy.gain_margin,
    )
    return Plan(tags, groups, ttl_s, model.hit_ratio(groups, calls, ttl_s))


def _groups(
    tags: tuple[Tag, ...], combined: Sequence[Combination], around: Around, others: Mapping[Name, float]
) -> tuple[KeyGroup, ...]:
    return tuple(
        KeyGroup(one.keys, one.share, sum(changes_per_hour(tag, around.writes, others, one) for tag in tags))
        for one in combined
    )
