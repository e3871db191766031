"""The files for Grafana and Prometheus name what is exported, and nothing else."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from celeriac.alerts.defaults import DEFAULTS
from celeriac.metrics.collect import METRICS

FOLDER = Path(__file__).parents[3] / "docs" / "monitoring"
DASHBOARD = FOLDER / "celeriac-dashboard.json"
RULES = FOLDER / "celeriac-rules.yml"
LABELS = {metric.name: {"target", *metric.labels} for metric in METRICS}
SELECTOR = re.compile(r"\b(celeriac_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
LEGEND = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")


def dashboard():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def queries():
    return [(panel["title"], one) for panel in dashboard()["panels"] for one in panel.get("targets", ())]


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def expressions():
    return [one["expr"] for _, one in queries()] + [rule["expr"] for rule in rules()]


def labels_of(expression):
    """The labels that the series of an expression can have."""
    return {label for name, _ in SELECTOR.findall(expression) for label in LABELS[name]}


def test_every_name_is_one_that_is_exported():
    assert {name for one in expressions() for name, _ in SELECTOR.findall(one)} <= LABELS.keys()


def test_every_label_that_is_asked_for_is_there():
    wrong = [
        (name, label)
        for one in expressions()
        for name, selected in SELECTOR.findall(one)
        for label in MATCHER.findall(selected)
        if label not in LABELS[name]
    ]
    assert wrong == []


def test_every_label_that_is_grouped_by_or_shown_is_there():
    wrong = [
        (one["expr"], label)
        for _, one in queries()
        for label in [
            *LEGEND.findall(one["legendFormat"]),
            *(label.strip() for group in GROUPING.findall(one["expr"]) for label in group.split(",")),
        ]
        if label not in labels_of(one["expr"])
    ]
    assert wrong == []


def test_the_sentences_of_the_rules_name_labels_that_are_there():
    wrong = [
        (rule["alert"], label)
        for rule in rules()
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
        if label not in labels_of(rule["expr"])
    ]
    assert wrong == []


def test_counters_are_never_read_bare_and_gauges_never_as_rates():
    counters = {metric.name for metric in METRICS if metric.kind == "counter"}
    bare = re.compile(r"(\w+)\s*\(\s*(celeriac_\w+)")
    rated = {name for one in expressions() for call, name in bare.findall(one) if call in {"rate", "increase"}}
    used = {name for one in expressions() for name, _ in SELECTOR.findall(one)}
    assert rated == used & counters


def test_the_dashboard_can_be_imported():
    board = dashboard()
    assert {"uid", "title", "panels", "schemaVersion", "templating", "time"} <= board.keys()
    identities = [panel["id"] for panel in board["panels"]]
    assert len(set(identities)) == len(identities)
    variables = {one["name"] for one in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(?!__)([a-z]\w*)", json.dumps(board["panels"])))
    assert used <= variables
    assert all(panel["type"] in {"row", "timeseries", "stat", "table"} for panel in board["panels"])


def test_no_two_panels_overlap():
    taken = {}
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_every_rule_says_how_grave_it_is_and_what_it_means():
    for rule in rules():
        assert rule["annotations"]["summary"], rule["alert"]
        assert rule["labels"].get("severity") in {"warning", "critical"} or "severity" in rule["expr"], rule["alert"]


def test_rules_of_ours_are_named_as_they_are():
    named = set(re.findall(r"rule=~?\"(\w+)\"", RULES.read_text(encoding="utf-8")))
    assert named <= {rule.name for rule in DEFAULTS}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: package prometheus) is not installed")
def test_prometheus_itself_takes_the_rules_and_the_queries(tmp_path):
    asked = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$__\w+", "5m", one["expr"]).replace("$target", ".*")}
        for number, (_, one) in enumerate(queries())
    ]
    panels = tmp_path / "panels.yml"
    panels.write_text(json.dumps({"groups": [{"name": "panels", "rules": asked}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", str(RULES), str(panels)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
