import re
from collections import Counter
from pathlib import Path

from celeriac.metrics.collect import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
ROW = re.compile(r"\| `(celeriac_\w+)` \| (\w+) \| (\w+) \| (.*?) \| (.+) \|")


def documented():
    return [match.groups() for match in map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines()) if match]


def in_code(metric):
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    return metric.name, metric.kind, metric.unit, labels, metric.help


def test_the_page_and_the_code_name_the_same_metrics():
    assert {row[0] for row in documented()} == {metric.name for metric in METRICS}


def test_the_page_says_what_the_code_says():
    assert sorted(documented()) == sorted(in_code(metric) for metric in METRICS)


def test_no_name_is_taken_twice():
    assert [name for name, times in Counter(metric.name for metric in METRICS).items() if times > 1] == []


def test_names_end_as_prometheus_expects():
    assert [metric.name for metric in METRICS if metric.name.endswith("_total") != (metric.kind == "counter")] == []
    suffixes = {"seconds": "_seconds", "bytes": "_bytes", "ratio": "_ratio"}
    stems = [(metric, re.sub(r"_(total|limit|used)$", "", metric.name)) for metric in METRICS]
    assert [metric.name for metric, stem in stems if not stem.endswith(suffixes.get(metric.unit, ""))] == []
