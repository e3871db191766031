"""Who acts, by either of the two ways to sign in to Flower."""

from base64 import b64encode
from types import SimpleNamespace

import pytest

from web.flower.handler import Handler


def actor(user, authorization=""):
    request = SimpleNamespace(headers={"Authorization": authorization} if authorization else {})
    return Handler.actor.fget(SimpleNamespace(current_user=user, request=request))


def test_who_signed_in_elsewhere_is_named_by_the_address_that_was_proven():
    assert actor("ada@example.org") == "flower: ada@example.org"


def test_who_gave_a_password_is_named_without_it():
    assert actor(True, "Basic " + b64encode(b"ada:hush").decode()) == "flower: ada"


@pytest.mark.parametrize("header", ["", "Basic", "Basic ???", "Basic " + b64encode(b"\xff\xfe").decode()])
def test_who_cannot_be_named_is_unnamed(header):
    assert actor(True, header) == "flower: unnamed"
