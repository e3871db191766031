from celeriac.buffers.hot import HotRelation, as_json, from_json


def test_a_relation_comes_back_from_the_ledger_as_it_was():
    relation = HotRelation("public", "jobs_pkey", "i", 16_385, 4.25, ((0, 7), (20, 20)))
    assert from_json(as_json(relation)) == relation
    assert relation.blocks == 9
    assert relation.is_index
