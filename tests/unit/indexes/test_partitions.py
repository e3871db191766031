from celeriac.indexes.partitions.steps import Attach, Build, Clear, Declare, Done, next_step
from celeriac.indexes.partitions.tree import Node, Part


def part(oid: int, *, valid: bool = True, above: int | None = None) -> Part:
    return Part(oid, "public", f"celeriac_7__{oid}", valid, above)


def parent(*parts: Part) -> Node:
    return Node(1, 0, 0, "public", "events", "p", 0, parts)


def leaf(oid: int, *parts: Part) -> Node:
    return Node(oid, 1, 1, "public", f"events_{oid}", "r", 10, parts)


TOP = part(100, valid=False)


def test_the_parent_comes_first():
    assert next_step([parent(), leaf(2)]) == Declare(parent())


def test_then_one_partition_is_built_and_attached_before_the_next():
    assert next_step([parent(TOP), leaf(2), leaf(3)]) == Build(leaf(2), 0, 2)
    ready = leaf(2, part(102))
    assert next_step([parent(TOP), ready, leaf(3)]) == Attach(part(102), TOP)
    attached = leaf(2, part(102, above=100))
    assert next_step([parent(TOP), attached, leaf(3)]) == Build(leaf(3), 1, 2)


def test_what_a_crash_left_invalid_is_cleared_before_it_is_built_again():
    rest = part(102, valid=False)
    assert next_step([parent(TOP), leaf(2, rest)]) == Clear(leaf(2, rest), rest)


def test_a_partition_that_came_with_its_index_needs_nothing():
    assert next_step([parent(part(100)), leaf(2, part(102, above=100))]) == Done()


def test_a_table_without_partitions_is_done_once_declared():
    assert next_step([parent(part(100))]) == Done()


def test_nested_levels_are_declared_and_attached_before_their_partitions_are_built():
    middle = Node(5, 1, 1, "public", "events_eu", "p", 0)
    assert next_step([parent(TOP), middle]) == Declare(middle)
    declared = Node(5, 1, 1, "public", "events_eu", "p", 0, (part(105, valid=False),))
    assert next_step([parent(TOP), declared]) == Attach(declared.parts[0], TOP)
