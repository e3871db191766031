"""JSON in and out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.cache.envelope import Encoding, unseal, value_of
from celeriac.cache.errors import NotJson
from celeriac.cache.values import decode, encode

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=5)
    ),
    max_leaves=30,
)


class Colour(Enum):
    RED = "red"
    UNSAYABLE = float("nan")


@dataclass
class Point:
    x: float


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (float("nan"), "A float at the value cannot be cached (JSON has no nan)"),
        ([1, {"x": float("inf")}, None], "A float at the value[1]['x'] cannot be cached (JSON has no inf)"),
        (Point(float("nan")), "A float at the value.x"),
        ([None, Colour.UNSAYABLE], "A float at the value[1].value"),
        ({"a": b"x"}, "A bytes at the value['a']"),
        ({"a": {1: 2}}, "A dict at the value['a'] cannot be cached (Dict key must be str)"),
        (2**64, "A int at the value cannot be cached (Integer exceeds 64-bit range)"),
        ("\ud800", "A str at the value"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_place(value, sentence):
    with pytest.raises(NotJson) as refusal:
        encode(value)
    assert sentence in str(refusal.value)


def test_a_structure_that_holds_itself_is_refused():
    endless: list = []
    endless.append(endless)
    with pytest.raises(NotJson):
        encode(endless)


@pytest.mark.parametrize(
    ("value", "comes_back_as"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006+00:00"),
        (datetime(2026, 1, 2), "2026-01-02T00:00:00"),  # noqa: DTZ001 - a naive one is the point
        (date(2026, 1, 2), "2026-01-02"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.10"), "1.10"),
        (Colour.RED, "red"),
        (Point(1.5), {"x": 1.5}),
        ((1, (2,)), [1, [2]]),
    ],
)
def test_the_documented_rules(value, comes_back_as):
    assert decode(encode(value)) == comes_back_as


@given(JSON)
def test_json_comes_back_as_it_was(value):
    back = decode(encode(value))
    assert back == value
    assert repr(back) == repr(value)


@given(JSON, st.sampled_from([0, 50, 1_000_000]), st.lists(st.sampled_from(["a", "b", "ü"]), unique=True))
def test_an_envelope_keeps_what_it_is_given(value, compress_above_bytes, tags):
    ordered = tuple(sorted(tags))
    sealed = Encoding(compress_above_bytes, 3).seal(encode(value), ordered, 1_700_000_000.5, 12.5)
    tokens = bytes(range(8 * (1 + len(tags))))
    entry = unseal(sealed.with_tokens(tokens))
    assert entry is not None
    assert value_of(entry) == value
    assert entry.tokens == tokens
    assert entry.tags.decode() == "\n".join(ordered)
    assert (entry.expires_s, entry.compute_ms) == (1_700_000_000.5, 12.5)


@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_envelope(raw):
    assert unseal(raw) is None


def test_another_version_is_no_envelope():
    raw = Encoding(1_000, 3).seal(b"1", (), 1.0, 0.0).with_tokens(b"12345678")
    assert unseal(raw) is not None
    assert unseal(raw[:1] + b"\x02" + raw[2:]) is None
