"""Lazy greedy on bounds: take the move with the most gain per byte, asking the planner only where a bound is in doubt.

A heap holds upper bounds of gain ÷ size^p. The top one is made exact probe by probe, the largest doubt first, and goes
back as soon as its bound falls under the next one's. (Minoux 1978, with bounds in place of stale values.)
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from celeriac.indexes.select.problem import Mask, Problem, bits
from celeriac.indexes.select.records import Records


@dataclass(frozen=True, slots=True)
class Doubt:
    """The most that a move can gain, and the probe that leaves the most doubt about it (None: it is exact)."""

    gain: float
    probe: int | None


class Greedy:
    """Grows sets of items under one problem; everything it learns stays in the records."""

    def __init__(self, problem: Problem, records: Records) -> None:
        self.problem = problem
        self.records = records
        self._probes_of: dict[int, list[int]] = {}
        for probe, mask in enumerate(problem.relevant):
            for item in bits(mask):
                self._probes_of.setdefault(item, []).append(probe)

    def grow(self, start: Mask, moves: Sequence[Mask], power: float) -> Mask:
        """Add moves to a set, the best gain ÷ bytes^power first, until none helps or fits."""
        chosen = start
        current = [self.records.cost(probe, chosen) for probe in range(len(self.problem.weights))]
        waiting = {move: 0 for move in moves if move & ~chosen}
        moves_of: dict[int, list[Mask]] = {}
        for move in waiting:
            for item in bits(move):
                moves_of.setdefault(item, []).append(move)
        heap: list[tuple[float, int, Mask]] = []
        for move in waiting:
            self._push(heap, chosen, move, current, power, stamp=0)
        while heap:
            _, stamp, move = heapq.heappop(heap)
            if waiting.get(move) != stamp:
                continue
            if not self.problem.permits(chosen | move):
                del waiting[move]
                continue
            verdict = self._settle(chosen, move, current, power, -heap[0][0] if heap else 0.0)
            if verdict is None:
                self._push(heap, chosen, move, current, power, stamp)
            elif verdict > self.problem.min_gain:
                chosen |= move
                touched = self.probes(move)
                for probe in touched:
                    current[probe] = self.records.cost(probe, chosen)
                self._push_again(heap, waiting, moves_of, chosen, current, power, touched)
        return chosen

    def doubt(
        self, chosen: Mask, changed: Mask, current: Sequence[float] | Mapping[int, float], probes: Sequence[int]
    ) -> Doubt:
        """Bound what changing the set to `changed` gains over the current costs."""
        gain = self.problem.write_penalty(chosen & ~changed) - self.problem.write_penalty(changed & ~chosen)
        worst, widest = None, 0.0
        for probe in probes:
            low, high = self.records.bounds(probe, changed)
            weight = self.problem.weights[probe]
            gain += weight * (current[probe] - low)
            if (width := weight * (high - low)) > widest and not self.records.is_exact(probe, changed):
                worst, widest = probe, width
        return Doubt(gain, worst)

    def probes(self, mask: Mask) -> list[int]:
        """List the probes that any item of a set can matter to."""
        return sorted({probe for item in bits(mask) for probe in self._probes_of.get(item, ())})

    def _settle(self, chosen: Mask, move: Mask, current: Sequence[float], power: float, rival: float) -> float | None:
        """Return the move's exact gain, or None once its bound falls under the rival's."""
        probes = self.probes(move & ~chosen)
        while True:
            doubt = self.doubt(chosen, chosen | move, current, probes)
            if doubt.gain <= self.problem.min_gain:
                return 0.0
            if self._priority(chosen, move, doubt.gain, power) < rival:
                return None
            if doubt.probe is None:
                return doubt.gain
            if self.problem.expired():
                return self._sure_gain(chosen, chosen | move, current, probes)
            self.records.cost(doubt.probe, chosen | move)

    def _sure_gain(self, chosen: Mask, changed: Mask, current: Sequence[float], probes: Sequence[int]) -> float:
        """Return the least that a change gains, whatever the planner would say."""
        costs = (self.problem.weights[p] * (current[p] - self.records.bounds(p, changed)[1]) for p in probes)
        return sum(costs) - self.problem.write_penalty(changed & ~chosen)

    def _priority(self, chosen: Mask, move: Mask, gain: float, power: float) -> float:
        return gain / float(max(1, self.problem.size_bytes(move & ~chosen)) ** power)

    def _push(
        self,
        heap: list[tuple[float, int, Mask]],
        chosen: Mask,
        move: Mask,
        current: Sequence[float],
        power: float,
        stamp: int,
    ) -> None:
        doubt = self.doubt(chosen, chosen | move, current, self.probes(move & ~chosen))
        if doubt.gain > self.problem.min_gain:
            heapq.heappush(heap, (-self._priority(chosen, move, doubt.gain, power), stamp, move))

    def _push_again(
        self,
        heap: list[tuple[float, int, Mask]],
        waiting: dict[Mask, int],
        moves_of: Mapping[int, Sequence[Mask]],
        chosen: Mask,
        current: Sequence[float],
        power: float,
        touched: Sequence[int],
    ) -> None:
        """Bound anew whatever shares a probe with the move just made: indexes help and hinder each other."""
        affected = 0
        for probe in touched:
            affected |= self.problem.relevant[probe]
        for move in dict.fromkeys(move for item in bits(affected) for move in moves_of.get(item, ())):
            if move not in waiting:
                continue
            if not move & ~chosen:
                del waiting[move]
            else:
                waiting[move] += 1
                self._push(heap, chosen, move, current, power, waiting[move])
