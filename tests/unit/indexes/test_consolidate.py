"""One index for each purpose, against an oracle whose costs are written down."""

import pytest

from celeriac.indexes.consolidate import consolidate
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.select import Answer, Item, Problem, Records

WITHOUT_ANY = 1_000.0


def index(*columns: str, include: tuple[str, ...] = (), table: str = "jobs") -> IndexDefinition:
    return IndexDefinition("public", table, tuple(map(KeyPart, columns)), include)


USER, STATUS, CREATED = index("user_id"), index("status"), index("created_at")
USER_STATUS, STATUS_CREATED = index("user_id", "status"), index("status", "created_at")
TITLED = index("user_id", include=("title",))


def consolidated(*statements: dict[IndexDefinition, float], chosen, pool=(), budget_bytes=1_000, **items):
    """Consolidate for statements that are each written as index -> their cost with it."""
    everything = [*chosen, *pool]

    class Oracle:
        def ask(self, probe: int, offered: int) -> Answer:
            known = [(cost, 1 << everything.index(i)) for i, cost in statements[probe].items()]
            cost, used = min([(c, u) for c, u in known if u & offered], default=(WITHOUT_ANY, 0))
            return Answer(cost, used)

    near = [(1 << len(everything)) - 1] * len(statements)
    problem = Problem([Item(10, **items)] * len(everything), [1.0] * len(statements), near, budget_bytes)
    records = Records(Oracle(), [0] * len(statements), problem.expired)
    for probe in range(len(statements)):
        records.add(probe, 0, 0, WITHOUT_ANY)
    mask = consolidate(problem, records, (1 << len(chosen)) - 1, everything, near, AdvisorPolicy())
    return {definition for place, definition in enumerate(everything) if mask >> place & 1}


def test_a_leading_part_goes_where_the_wider_index_nearly_does():
    assert consolidated({USER: 8, USER_STATUS: 60}, {USER_STATUS: 5}, chosen=[USER, USER_STATUS]) == {USER_STATUS}


def test_a_leading_part_stays_where_a_statement_would_notice():
    both = {USER, USER_STATUS}
    assert consolidated({USER: 8, USER_STATUS: 300}, {USER_STATUS: 5}, chosen=[*both]) == both


def test_one_index_stands_for_two():
    by_status, by_both = {STATUS: 90, STATUS_CREATED: 95}, {CREATED: 100, STATUS_CREATED: 3}
    assert consolidated(by_status, by_both, chosen=[STATUS, CREATED], pool=[STATUS_CREATED]) == {STATUS_CREATED}


def test_two_stay_where_their_union_does_not_serve_both():
    by_status, by_time = {STATUS: 90, STATUS_CREATED: 95}, {CREATED: 100, STATUS_CREATED: 800}
    found = consolidated(by_status, by_time, chosen=[STATUS, CREATED], pool=[STATUS_CREATED])
    assert found == {STATUS, CREATED}


def test_another_table_is_another_matter():
    users = index("user_id", table="users")
    both = {users, USER_STATUS}
    assert consolidated({users: 5}, {USER_STATUS: 5}, chosen=[*both]) == both


@pytest.mark.parametrize(("plain_cost", "kept"), [(9.0, USER), (90.0, TITLED)])
def test_columns_are_included_only_where_that_shows(plain_cost, kept):
    assert consolidated({TITLED: 2, USER: plain_cost}, chosen=[TITLED], pool=[USER]) == {kept}


def test_a_key_is_widened_where_a_statement_gains_and_the_budget_allows():
    statement = {USER: 18, USER_STATUS: 6}
    assert consolidated(statement, chosen=[USER], pool=[USER_STATUS]) == {USER_STATUS}
    assert consolidated(statement, chosen=[USER], pool=[USER_STATUS], budget_bytes=5) == {USER}
