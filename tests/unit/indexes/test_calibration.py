import pytest

from celeriac.indexes.calibration import Observation, calibrate, corrected, tempered
from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation

BY_USER = IndexDefinition("public", "jobs", (KeyPart("user_id"),))
IN_NOTE = IndexDefinition("public", "jobs", (KeyPart("note"),), method="gin")


def judged(measured: float | None, promised: float = 100.0, built: int | None = 1000, method: str = "btree"):
    return Observation(method, promised, measured, 1000.0, built)


def test_nothing_is_known_of_what_was_never_built():
    assert calibrate([]) == {}
    wanted = Recommendation(BY_USER, "", 8192, 0.9, 1000.0, 0.0, (), "")
    assert tempered(wanted, {}) == wanted
    assert corrected({BY_USER: 8192}, {}) == {BY_USER: 8192}


def test_one_disappointment_moves_little_and_many_move_much():
    assert calibrate([judged(0.0)])["btree"].saving_factor == pytest.approx(5 / 6)
    assert calibrate([judged(0.0)] * 45)["btree"].saving_factor == pytest.approx(0.1)


def test_harm_counts_as_nothing_saved_and_a_windfall_as_double():
    assert calibrate([judged(-900.0)])["btree"].saving_factor == calibrate([judged(0.0)])["btree"].saving_factor
    assert calibrate([judged(90_000.0)] * 5)["btree"].saving_factor == pytest.approx(1.5)


def test_what_was_never_measured_teaches_its_size_alone():
    known = calibrate([judged(None, built=2000)] * 5)["btree"]
    assert (known.judged, known.saving_factor, known.built) == (0, 1.0, 5)
    assert known.size_factor == pytest.approx(2**0.5)


def test_each_access_method_learns_from_its_own():
    known = calibrate([judged(0.0, method="gin"), judged(100.0)])
    assert known["btree"].saving_factor == 1.0
    assert known["gin"].saving_factor < 1.0


def test_a_promise_is_tempered_and_remembers_it():
    known = calibrate([judged(50.0, built=3000, method="gin")] * 5)
    promise = tempered(Recommendation(IN_NOTE, "", 8192, 0.9, 1000.0, 0.0, (), ""), known)
    assert promise.saving_ms_per_hour == pytest.approx(750.0)
    assert promise.saving_factor == pytest.approx(0.75)
    assert corrected({IN_NOTE: 1000, BY_USER: 1000}, known) == {IN_NOTE: round(1000 * 3**0.5), BY_USER: 1000}
