"""The search against an oracle whose best answer can be computed."""

from dataclasses import dataclass, field
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from celeriac.indexes.select import Answer, Item, Problem, Records, bits, select

BASE = 100.0


@dataclass
class Plans:
    """Each probe has plans: a set of items that it needs and what it then costs."""

    plans: list[list[tuple[int, float]]]
    asked: list[tuple[int, int]] = field(default_factory=list)

    def ask(self, probe: int, offered: int) -> Answer:
        self.asked.append((probe, offered))
        return self.answer(probe, offered)

    def answer(self, probe: int, offered: int) -> Answer:
        possible = [(cost, needed) for needed, cost in self.plans[probe] if needed & ~offered == 0]
        cost, used = min(possible, default=(BASE, 0))
        return Answer(cost, used)

    @property
    def relevant(self) -> list[int]:
        found = []
        for plans in self.plans:
            mask = 0
            for needed, _ in plans:
                mask |= needed
            found.append(mask)
        return found


def solve(oracle: Plans, sizes: list[int], budget: int, **options) -> tuple[int, float]:
    problem, records = pose(oracle, sizes, budget, **options)
    selection = select(problem, records)
    return selection.chosen, selection.after


def pose(oracle: Plans, sizes: list[int], budget: int, **options) -> tuple[Problem, Records]:
    groups = [needed for plans in oracle.plans for needed, _ in plans if needed & (needed - 1)]
    items = options.pop("items", None) or [Item(size) for size in sizes]
    problem = Problem(items, [1.0] * len(oracle.plans), oracle.relevant, budget, groups=groups, **options)
    records = Records(oracle, problem.relevant, problem.expired)
    everything = (1 << len(sizes)) - 1
    for probe in range(len(oracle.plans)):
        for offered in (0, everything):
            answer = oracle.answer(probe, offered)
            records.add(probe, offered, answer.used, answer.cost)
    return problem, records


def test_nothing_is_chosen_where_nothing_helps():
    assert solve(Plans([[]]), [10], 100) == (0, BASE)


def test_the_budget_goes_to_what_saves_most():
    oracle = Plans([[(0b01, 10.0)], [(0b10, 90.0)]])
    assert solve(oracle, [50, 50], 60) == (0b01, 110.0)


def test_two_that_help_only_together_are_chosen_together():
    oracle = Plans([[(0b011, 5.0)], [(0b100, 60.0)]])
    assert solve(oracle, [30, 30, 60], 60) == (0b011, 105.0)


def test_what_a_later_choice_makes_needless_is_dropped():
    oracle = Plans([[(0b01, 40.0), (0b10, 5.0)], [(0b10, 5.0)]])
    assert solve(oracle, [10, 20], 100)[0] == 0b10


def test_writes_can_cost_more_than_an_index_saves():
    oracle = Plans([[(0b1, 90.0)]])
    assert solve(oracle, [1], 100, items=[Item(1, write_penalty=20.0)]) == (0, BASE)


def test_a_table_takes_only_as_many_as_it_has_room_for():
    oracle = Plans([[(0b01, 10.0)], [(0b10, 20.0)]])
    items = [Item(1, table=7), Item(1, table=7)]
    assert solve(oracle, [1, 1], 100, items=items, room={7: 1}) == (0b01, 110.0)


def test_records_answer_most_questions():
    oracle = Plans([[(1 << item, 50.0 - item)] for item in range(12)])
    solve(oracle, [10] * 12, 60)
    assert len(oracle.asked) <= 12


def test_once_the_time_is_up_nothing_is_asked_and_what_is_known_counts():
    ticks = count()
    oracle = Plans([[(0b01, 10.0)], [(0b10, 20.0)]])
    chosen, after = solve(oracle, [10, 10], 100, expired=lambda: next(ticks) >= 0)
    assert oracle.asked == []
    assert (chosen, after) == (0b11, 30.0)


def test_an_unplannable_set_is_worth_nothing():
    class Fails(Plans):
        def ask(self, *_: int) -> None:
            return None

    problem, records = pose(Plans([[(0b01, 10.0)], [(0b11, 5.0)]]), [1, 1], 1)
    records = Records(Fails([[], []]), problem.relevant)
    records.add(0, 0, 0, BASE)
    records.add(1, 0, 0, BASE)
    assert select(problem, records).chosen == 0


@st.composite
def problems(draw):
    items = draw(st.integers(1, 6))
    sets = st.integers(1, (1 << items) - 1).filter(lambda mask: mask.bit_count() <= 2)
    plan = st.tuples(sets, st.floats(1, 99))
    plans = draw(st.lists(st.lists(plan, max_size=4), min_size=1, max_size=5))
    sizes = draw(st.lists(st.integers(1, 40), min_size=items, max_size=items))
    return plans, sizes, draw(st.integers(0, 120))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(problems())
def test_the_answer_keeps_the_budget_costs_what_it_says_and_comes_near_the_best(posed):
    plans, sizes, budget = posed
    oracle = Plans(plans)
    chosen, after = solve(oracle, sizes, budget)

    def total(mask):
        return sum(oracle.answer(probe, mask).cost for probe in range(len(plans)))

    def fits(mask):
        return sum(sizes[item] for item in bits(mask)) <= budget

    assert fits(chosen)
    assert after <= total(0)
    assert abs(after - total(chosen)) < 1e-6
    best = min(total(mask) for mask in range(1 << len(sizes)) if fits(mask))
    assert total(0) - after >= 0.5 * (total(0) - best) - 1e-3


def test_what_seemed_irrelevant_is_learnt():
    oracle = Plans([[(0b01, 10.0), (0b10, 5.0)]])
    records = Records(oracle, [0b01])
    for offered in (0, 0b01):
        answer = oracle.answer(0, offered)
        records.add(0, offered, answer.used, answer.cost)
    assert records.learn(0, 0b11)
    assert records.relevant == [0b11]
    assert records.cost(0, 0b11) == 5.0
    assert not records.learn(0, 0b11)
