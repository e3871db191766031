from sandbox.demo.report import Raw, Reading, compare, weighted_means


def reading(query: str, calls: int, total_ms: float, blocks: int) -> Reading:
    return Reading(query, calls, total_ms, blocks)


def raw(before: tuple[Reading, Reading | None], after: tuple[Reading, Reading | None]) -> Raw:
    def at(one: Reading | None) -> dict[str, Reading]:
        return {} if one is None else {"1": one}

    return Raw(at(before[0]), at(before[1]), at(after[0]), at(after[1]))


def test_only_what_happened_within_each_phase_counts() -> None:
    (row,) = compare(
        raw(
            before=(reading("q", 100, 9_000.0, 50_000), reading("q", 110, 9_200.0, 51_000)),
            after=(reading("q", 500, 9_900.0, 90_000), reading("q", 540, 9_920.0, 90_160)),
        )
    )
    assert (row.calls_before, row.mean_ms_before, row.blocks_per_call_before) == (10, 20.0, 100.0)
    assert (row.calls_after, row.mean_ms_after, row.blocks_per_call_after) == (40, 0.5, 4.0)


def test_a_statement_that_was_not_called_in_both_phases_is_not_compared() -> None:
    same = reading("q", 10, 5.0, 10)
    assert compare(raw(before=(same, same), after=(same, reading("q", 12, 6.0, 12)))) == ()
    assert compare(raw(before=(same, reading("q", 12, 6.0, 12)), after=(same, same))) == ()


def test_a_statement_first_seen_within_the_phase_counts_from_zero() -> None:
    before = Raw({}, {"1": reading("q", 4, 8.0, 40)}, {"1": reading("q", 4, 8.0, 40)}, {"1": reading("q", 8, 9.0, 44)})
    (row,) = compare(before)
    assert (row.calls_before, row.mean_ms_before) == (4, 2.0)


def test_more_calls_afterwards_do_not_flatter_the_mean() -> None:
    slow = compare(raw((reading("slow", 0, 0, 0), reading("slow", 10, 1_000.0, 0)), (reading("slow", 10, 1_000, 0),
                       reading("slow", 20, 1_100.0, 0))))  # fmt: skip
    fast = compare(raw((reading("fast", 0, 0, 0), reading("fast", 10, 10.0, 0)), (reading("fast", 10, 10, 0),
                       reading("fast", 1_010, 1_010.0, 0))))  # fmt: skip
    before, after = weighted_means((*slow, *fast))
    assert (before, after) == (50.5, 5.5)


def test_no_statements_mean_nothing() -> None:
    assert weighted_means(()) == (0.0, 0.0)
