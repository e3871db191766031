from web.flower.plans import tree

LINES = (
    "Limit  (cost 10, 5 rows)",
    "  Sort  (cost 10, 5 rows)",
    "      Sort Key: created_at DESC",
    "    Hash Join  (cost 9, 50 rows)",
    "        Hash Cond: (a.id = b.a_id)",
    "      Seq Scan on a  (cost 3, 100 rows)",
    "          Filter: (x > 1)",
    "      Index Scan using <13556>btree_b_a_id on b  (cost 2, 50 rows)",
)


def test_children_hang_below_their_parents_and_conditions_at_their_step():
    root = tree(LINES)
    (sort,) = root.below
    (join,) = sort.below
    assert sort.conditions == ["Sort Key: created_at DESC"]
    assert join.conditions == ["Hash Cond: (a.id = b.a_id)"]
    assert [node.text for node in join.below] == [
        "Seq Scan on a  (cost 3, 100 rows)",
        "Index Scan using the advised index on b  (cost 2, 50 rows)",
    ]
    assert join.below[0].conditions == ["Filter: (x > 1)"]


def test_no_lines_are_no_plan():
    assert tree(()).text == "no plan"
