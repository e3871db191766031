"""A run as readers see it, from what was asked for and what Celery's backend keeps."""

import pytest

from web.documents.tasks import Progress, document, is_id

ID = "0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11"


def failed(module: str, kind: str, message: str) -> dict:
    return {"status": "FAILURE", "result": {"exc_module": module, "exc_type": kind, "exc_message": [message]}}


def test_what_was_asked_for_and_not_begun_is_pending():
    found = document(ID, {"task": "celeriac.cache.warm", "target": "main"}, {})
    assert (found.state, found.finished, found.target) == ("PENDING", False, "main")


def test_progress_is_shown_while_it_lasts():
    held = {"done": 1, "total": 3, "unit": "steps", "note": "warming"}
    found = document(ID, {}, {"status": "PROGRESS", "result": held})
    assert found.progress == Progress(1, 3, "steps", "warming")
    assert found.result is None


def test_a_result_ends_it():
    found = document(ID, {}, {"status": "SUCCESS", "result": {"status": "done"}, "date_done": "2026-01-01"})
    assert (found.finished, found.result, found.finished_at) == (True, {"status": "done"}, "2026-01-01")


def test_our_errors_are_sentences_and_of_others_only_the_kind_is_told():
    ours = failed("celeriac.ledger.changes", "ChangeUnknown", "There is no change 7.")
    theirs = failed("psycopg2.errors", "OperationalError", "connection to 10.0.0.7, password hush")
    assert document(ID, {}, ours).error == "There is no change 7."
    assert document(ID, {}, theirs).error == "'OperationalError'"


def test_a_run_that_somebody_else_sent_tells_its_target():
    kept = {"status": "SUCCESS", "name": "celeriac.cache.warm", "kwargs": {"target": "reports"}, "result": 1}
    assert document(ID, {}, kept).target == "reports"
    assert document(ID, {}, {**kept, "kwargs": {}}).target == "main"
    assert document(ID, {}, {"status": "SUCCESS", "result": 1}).target is None


@pytest.mark.parametrize("text", ["", "x", ID.upper(), f"{ID}\n", f"{ID}:x", "../" + ID, "*"])
def test_nothing_but_an_id_becomes_part_of_a_key(text):
    assert is_id(ID)
    assert not is_id(text)
