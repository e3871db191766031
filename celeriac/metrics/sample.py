"""A metric as documented and a sample of it: Prometheus names, base units, few labels.

https://prometheus.io/docs/practices/naming/
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Unit = Literal["1", "seconds", "bytes", "blocks", "rows", "ratio"]
"""What the value counts; 1 is a plain number."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series at an instant that the recorder sets."""

    name: str
    labels: tuple[tuple[str, str], ...]
    """Sorted by name, so that equal label sets are equal."""
    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Metric:
    """What docs/metrics.md says of a name; a counter's name ends in `_total` and only ever rises between restarts."""

    name: str
    kind: Literal["gauge", "counter"]
    unit: Unit
    help: str
    labels: tuple[str, ...] = ()

    def of(self, value: float | None, **labels: object) -> Sample:
        """Take a sample; None (a server that does not know) becomes not-a-number, which `known` leaves out."""
        return Sample(
            name=self.name,
            labels=tuple(sorted((label, str(labels[label])) for label in self.labels)),
            value=math.nan if value is None else float(value),
            unit=self.unit,
        )


def known(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Leave out what no server could say: a NaN in the history would spoil every sum above it.

    >>> depth = Metric("depth", "gauge", "1", "How deep.")
    >>> [sample.value for sample in known([depth.of(None), depth.of(3)])]
    [3.0]
    """
    return tuple(sample for sample in samples if math.isfinite(sample.value))
