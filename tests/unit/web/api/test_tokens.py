"""Whom the API believes: refusals first."""

import base64
import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from config.sections.surfaces import ApiSettings
from web.api.tokens import Caller, KeysAway, NotConfigured, TokenWrong, verifier

SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256"
ISSUER = "https://issuer.example"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def pem(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def settings(**given) -> ApiSettings:
    return ApiSettings(issuer=ISSUER, **(given or {"secret": SECRET}))


def claims(**given) -> dict:
    whole = {
        "sub": "ann",
        "iss": ISSUER,
        "aud": "celeriac",
        "exp": time.time() + 60,
        "scope": "performance:read",
    } | given
    return {name: value for name, value in whole.items() if value is not None}


def token(key=SECRET, algorithm="HS256", headers=None, **given) -> str:
    return jwt.encode(claims(**given), key, algorithm=algorithm, headers=headers)


def segment(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assert_refuses(given: str, reason: str, chosen: ApiSettings | None = None) -> None:
    with pytest.raises(TokenWrong, match=reason):
        verifier(chosen or settings()).verify(given)


@pytest.mark.parametrize("given", ["", "x", "a.b.c", "....", "eyJ.eyJ.", "é", "a" * 9_000, token()[:-3] + "AAA"])
def test_what_is_no_token_is_refused(given):
    with pytest.raises(TokenWrong):
        verifier(settings()).verify(given)


@pytest.mark.parametrize("missing", ["exp", "sub", "aud", "iss"])
def test_a_token_says_everything_that_it_must(missing):
    with pytest.raises(TokenWrong):
        verifier(settings()).verify(token(**{missing: None}))


def test_a_token_is_of_its_time():
    assert_refuses(token(exp=time.time() - 11), "expired")
    assert_refuses(token(nbf=time.time() + 60), "not valid yet")
    assert verifier(settings()).verify(token(exp=time.time() - 5)).subject == "ann"  # clocks differ


def test_a_token_is_for_us_and_of_our_issuer():
    assert_refuses(token(aud="another"), "audience")
    assert_refuses(token(iss="https://evil.example"), "issuer")


def test_a_token_without_a_signature_is_refused():
    for algorithm in ("none", "None", "NONE"):
        forged = f"{segment({'alg': algorithm, 'typ': 'JWT'})}.{segment(claims())}."
        assert_refuses(forged, "algorithm")


def test_a_public_key_is_no_secret():
    """The classic confusion: a token signed by HMAC with the public key, which everybody has."""
    text = pem(RSA)
    unsigned = f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment(claims())}"
    signature = hmac.new(text.encode(), unsigned.encode(), hashlib.sha256).digest()
    assert_refuses(f"{unsigned}.{segment(signature)}", "algorithm", settings(public_key=text))


def test_an_asymmetric_token_is_refused_where_a_secret_is_configured():
    assert_refuses(token(RSA, "RS256"), "algorithm")
    assert_refuses(token(SECRET * 2, "HS512"), "algorithm")


def test_another_key_is_another_issuer():
    assert_refuses(token("another-secret-that-is-long-enough-for-hs256"), "signature")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert_refuses(token(other, "RS256"), "signature", settings(public_key=pem(RSA)))


@pytest.mark.parametrize("subject", ["", " \n", "a" * 201, "ann\r\nbob", "ann\x00"])
def test_a_subject_is_a_name(subject):
    with pytest.raises(TokenWrong):
        verifier(settings()).verify(token(sub=subject))


def test_a_subject_that_is_no_text_is_refused():
    forged = f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment(claims(sub=7))}"
    signature = hmac.new(SECRET.encode(), forged.encode(), hashlib.sha256).digest()
    with pytest.raises(TokenWrong):
        verifier(settings()).verify(f"{forged}.{segment(signature)}")


def test_no_refusal_repeats_the_token():
    given = token(aud="another")
    with pytest.raises(TokenWrong) as refused:
        verifier(settings()).verify(given)
    assert not any(part in str(refused.value) for part in given.split("."))


def test_without_a_key_or_an_issuer_nobody_is_believed():
    for chosen in (ApiSettings(), ApiSettings(issuer=ISSUER), ApiSettings(secret=SECRET)):
        with pytest.raises(NotConfigured):
            verifier(chosen)


def test_keys_that_are_none_or_too_weak_are_not_taken():
    weak = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    for text in ("no pem", weak):
        with pytest.raises(NotConfigured):
            verifier(settings(public_key=text))
    with pytest.raises(NotConfigured):
        verifier(settings(secret=SECRET, algorithms=("RS256",)))
    with pytest.raises(ValueError, match="32 bytes"):
        ApiSettings(secret="short")
    with pytest.raises(ValueError, match="give one of"):
        ApiSettings(secret=SECRET, public_key=pem(RSA))


def test_each_kind_of_key_is_believed():
    assert verifier(settings()).verify(token()).subject == "ann"
    assert verifier(settings(public_key=pem(RSA))).verify(token(RSA, "RS256")).subject == "ann"
    assert verifier(settings(public_key=pem(ED25519))).verify(token(ED25519, "EdDSA")).subject == "ann"
    one_line = pem(RSA).replace("\n", "\\n")  # as an environment holds it
    assert verifier(settings(public_key=one_line)).verify(token(RSA, "RS256")).subject == "ann"


@pytest.mark.parametrize("name", ["scope", "scp"])
@pytest.mark.parametrize("value", ["performance:read other", ["performance:read", "other", 7]])
def test_scopes_are_read_as_providers_write_them(name, value):
    found = verifier(settings()).verify(token(**{"scope": None, name: value}))
    assert found.scopes == {"performance:read", "other"}


def test_scopes_that_are_neither_text_nor_list_are_none():
    assert verifier(settings()).verify(token(scope={"performance:read": True})).scopes == frozenset()


def test_a_scope_is_of_one_target_or_of_all():
    everywhere = Caller("ann", frozenset({"performance:read"}))
    here = Caller("ann", frozenset({"performance:approve:main"}))
    assert everywhere.may("read", "main")
    assert everywhere.may("read", "other")
    assert here.may("approve", "main")
    assert not here.may("approve", "other")
    assert not here.may("read", "main")
    assert not here.may("approve", "main:x")
    assert here.may_at_all("approve")
    assert not here.may_at_all("read")


def test_nothing_is_allowed_by_a_scope_that_only_resembles_one():
    for scope in ("performance", "performance:", "performance:readx", "performance:read:", "PERFORMANCE:READ", "*"):
        assert not Caller("ann", frozenset({scope})).may("read", "main")


@pytest.fixture
def provider():
    """An identity provider that publishes keys, how often it was asked, and where."""
    published, asked = [], []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = json.dumps({"keys": published}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield published, asked, settings(jwks_url=f"http://127.0.0.1:{server.server_port}/jwks")
        server.shutdown()
        thread.join()


def jwk(key, kid) -> dict:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.OKPAlgorithm
    return algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"}


def test_published_keys_are_fetched_once_and_believed(provider):
    published, asked, chosen = provider
    published += [jwk(RSA, "one"), jwk(ED25519, "two")]
    check = verifier(chosen)
    for _ in range(3):
        assert check.verify(token(RSA, "RS256", {"kid": "one"})).subject == "ann"
    assert check.verify(token(ED25519, "EdDSA", {"kid": "two"})).subject == "ann"
    assert len(asked) == 1


def test_a_new_key_is_found_when_keys_are_rotated(provider, monkeypatch):
    published, asked, chosen = provider
    published += [jwk(RSA, "one")]
    check = verifier(chosen)
    check.verify(token(RSA, "RS256", {"kid": "one"}))
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    published[:] = [jwk(other, "next")]
    for _ in range(3):  # whoever makes up key ids does not make us ask the provider each time
        assert_refuses_by(check, token(other, "RS256", {"kid": "next"}))
    assert len(asked) == 1
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 31)
    assert check.verify(token(other, "RS256", {"kid": "next"})).subject == "ann"
    assert_refuses_by(check, token(RSA, "RS256", {"kid": "one"}))


def test_a_published_symmetric_key_is_no_secret(provider):
    published, _, chosen = provider
    published += [{"kty": "oct", "kid": "sym", "k": segment(SECRET.encode()), "alg": "HS256"}, jwk(RSA, "one")]
    check = verifier(chosen)
    assert_refuses_by(check, token(SECRET, "HS256", {"kid": "sym"}))
    assert_refuses_by(check, token(RSA, "RS256", {"kid": "sym"}))
    assert_refuses_by(check, token(RSA, "RS256"))


def test_a_token_names_no_place_to_fetch_keys_from(provider):
    published, asked, chosen = provider
    published += [jwk(RSA, "one")]
    evil = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    check = verifier(chosen)
    headers = {"kid": "one", "jku": "https://evil.example/jwks", "jwk": jwk(evil, "one")}
    assert_refuses_by(check, token(evil, "RS256", headers))
    assert set(asked) == {"/jwks"}


def test_a_provider_that_is_away_is_said():
    check = verifier(settings(jwks_url="http://127.0.0.1:1/jwks"))
    with pytest.raises(KeysAway):
        check.verify(token(RSA, "RS256", {"kid": "one"}))


def assert_refuses_by(check, given) -> None:
    with pytest.raises(TokenWrong):
        check.verify(given)
