"""The latest samples in Prometheus's text format, from the ledger: the same from every process, prefork or not.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from celeriac.metrics.collect import METRICS
from celeriac.metrics.history import Latest
from celeriac.metrics.sample import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_DOCUMENTED = {metric.name: metric for metric in METRICS}

Family = CounterMetricFamily | GaugeMetricFamily


def exposition(latest: Mapping[str, Iterable[Latest]]) -> bytes:
    """Write the latest values of several targets; each series gets the label `target`.

    Names that this version no longer documents are left out.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(AtScrape(lambda: latest))
    return generate_latest(registry)


class AtScrape(Collector):
    """Asks for the values when it is scraped, so that a server of `prometheus_client` shows what holds then."""

    def __init__(self, read: Callable[[], Mapping[str, Iterable[Latest]]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Family]:
        """Yield one family a name, whichever targets have it."""
        families: dict[str, Family] = {}
        for target, values in self._read().items():
            for value in values:
                metric = _DOCUMENTED.get(value.name)
                if metric is None:
                    continue
                family = families.setdefault(metric.name, _family(metric))
                labels = (target, *(value.labels.get(label, "") for label in metric.labels))
                family.add_metric(labels, value.value)
        yield from families.values()


def _family(metric: Metric) -> Family:
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    return kind(metric.name, metric.help, labels=("target", *metric.labels))
