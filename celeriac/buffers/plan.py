"""Which remembered blocks to read back, decided from what the relations are today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from celeriac.buffers.hot import HotRelation, in_order
from celeriac.buffers.outcome import Skipped
from celeriac.buffers.ranges import Range, clip, size, take


@dataclass(frozen=True, slots=True)
class Present:
    """A relation as it is today."""

    oid: int
    schema: str
    name: str
    kind: str
    filenode: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The blocks to read of one relation."""

    relation: Present
    ranges: tuple[Range, ...]

    @property
    def blocks(self) -> int:
        """Count the blocks to read."""
        return size(self.ranges)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read, in order, and what is left alone."""

    readings: tuple[Reading, ...]
    skipped: tuple[Skipped, ...] = ()
    stopped: str | None = None

    @property
    def blocks(self) -> int:
        """Count the blocks to read."""
        return sum(reading.blocks for reading in self.readings)


def restore(hot: tuple[HotRelation, ...], present: Iterable[Present], budget_blocks: int) -> Plan:
    """Plan the return of hot blocks: indexes first, the hottest first, while the budget lasts."""
    today = {(relation.schema, relation.name): relation for relation in present}
    readings, skipped = [], []
    for remembered in in_order(hot):
        reading = _judge(remembered, today)
        if isinstance(reading, Reading):
            readings.append(reading)
        else:
            skipped.append(reading)
    return _within(readings, skipped, budget_blocks)


def whole(present: Iterable[Present], budget_blocks: int) -> Plan:
    """Plan the reading of whole relations in the order given, while the budget lasts."""
    readings = [Reading(relation, ((0, relation.blocks - 1),)) for relation in present if relation.blocks]
    return _within(readings, [], budget_blocks)


def _judge(remembered: HotRelation, today: Mapping[tuple[str, str], Present]) -> Reading | Skipped:
    relation = today.get((remembered.schema, remembered.name))
    if relation is None:
        return Skipped(remembered.schema, remembered.name, "it is gone")
    if relation.filenode != remembered.filenode:
        return Skipped(remembered.schema, remembered.name, "it was rewritten since: its blocks hold other rows")
    ranges = clip(remembered.ranges, relation.blocks)
    if not ranges:
        return Skipped(remembered.schema, remembered.name, "it was truncated below its hot blocks")
    return Reading(relation, ranges)


def _within(readings: list[Reading], skipped: list[Skipped], budget_blocks: int) -> Plan:
    kept: list[Reading] = []
    room = budget_blocks
    for reading in readings:
        ranges = take(reading.ranges, room)
        if ranges:
            kept.append(Reading(reading.relation, ranges))
        room -= reading.blocks
    stopped = None if room >= 0 else f"the share of shared_buffers is spent: {-room} blocks were left out"
    return Plan(tuple(kept), tuple(skipped), stopped)
