"""docs/health.md and the registries name the same checks, and the page names every bound there is."""

import re
from collections import Counter
from dataclasses import fields
from pathlib import Path

from celeriac.cache.analysis import CHECKS as ANALYSES
from celeriac.health.checks import CHECKS
from celeriac.health.policy import HealthPolicy
from celeriac.health.services import SERVICE_CHECKS
from tasks.services import ADOPTED

PAGE = (Path(__file__).parents[3] / "docs" / "health.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
NAMES = [one.name for one in (*CHECKS, *SERVICE_CHECKS)] + [name for name, *_ in ADOPTED.values()]


def test_the_page_and_the_registries_name_the_same_checks():
    assert Counter(name for name, *_ in ROWS) == Counter(NAMES)


def test_every_check_is_named_once():
    assert [name for name, times in Counter(NAMES).items() if times > 1] == []


def test_the_checks_stand_in_the_order_of_a_report():
    order = [name for name, *_ in ROWS if name in {one.name for one in CHECKS}]
    assert order == [one.name for one in CHECKS]


def test_the_page_names_every_bound_and_no_other():
    named = {name.lower() for name in re.findall(r"`((?!CELERIAC)[A-Z]+(?:_[A-Z]+)+)`", PAGE)}
    assert named == {field.name for field in fields(HealthPolicy)}


def test_each_check_has_its_module_and_its_query():
    folder = Path(__file__).parents[3] / "celeriac" / "health" / "checks"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    queries = {re.sub(r"_\d{6}$", "", path.stem) for path in folder.glob("*.sql")}
    assert modules == {one.name for one in CHECKS}
    assert modules <= queries


def test_whatever_the_caches_own_analysis_finds_in_a_server_is_taken_over():
    of_keys = {"keys_without_ttl", "big_keys", "hot_keys"}  # a sample of keys would cost more than all other checks
    assert {check.__name__ for check in ANALYSES} == ADOPTED.keys() | of_keys
