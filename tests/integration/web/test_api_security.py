"""What must not get through, asked of the real server."""

import json
import logging
import time
from contextlib import suppress

import httpx
import pytest
from fastapi import Depends, FastAPI, Request

from config.redis import broker_client
from web.api import admit, router
from web.documents import changes

from .conftest import ISSUER, SECRET, bearer, serving, token
from .stock import stock

V1 = "/api/v1"
READ, OPTIMIZE, APPROVE = (f"performance:{verb}" for verb in ("read", "optimize", "approve"))
TASK = "0b8c2c1e-52c5-4b0e-9d1a-6f3a1f0f9a11"

READS = [
    *(f"{V1}/performance/{name}" for name in ("monitor", "stats")),
    *(f"{V1}/{name}" for name in ("recommendations", "ledger", "statements", "findings", "alerts", "cache")),
    *(f"{V1}/{name}" for name in ("targets", "overview", "schedule", "queues")),
    *(f"{V1}/{name}" for name in ("ledger/1", "recommendations/1", "statements/f1", "statements/f1/plans")),
    *(f"{V1}/{name}" for name in ("statements/regressions", f"tasks/{TASK}", f"tasks/{TASK}/events")),
    "/metrics",
]
WORK = [
    *(("POST", f"{V1}/performance/optimize/{what}", None) for what in ("database", "caching")),
    ("POST", f"{V1}/cache/warm", None),
    ("POST", f"{V1}/cache/invalidate", {"namespace": "users"}),
    ("POST", f"{V1}/alerts/silences", {"minutes": 1}),
    ("DELETE", f"{V1}/alerts/silences/1", None),
]
DECISIONS = [
    ("POST", f"{V1}/recommendations/1/approve", None),
    ("POST", f"{V1}/recommendations/1/reject", None),
    ("POST", f"{V1}/ledger/1/revert", None),
]


def test_nothing_is_told_or_done_without_a_token(anonymous):
    for method, path, body in (*(("GET", path, None) for path in READS), *WORK, *DECISIONS):
        answer = anonymous.request(method, path, json=body)
        assert answer.status_code == 401, path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_is_not_valid_opens_nothing(anonymous):
    for given in (
        {"exp": time.time() - 3600},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"sub": None},
        {"key": "another-secret-that-is-long-enough-for-hs256"},
        {"key": SECRET * 2, "algorithm": "HS512"},
    ):
        assert anonymous.get(f"{V1}/ledger", headers=bearer(**given)).status_code == 401, given


def test_what_is_no_bearer_token_opens_nothing(anonymous):
    for header in ("", "Bearer", "Basic YTpi", "bearer x.y.z", "Bearer a b", "Bearer ü", f"Token {token()}"):
        answer = anonymous.get(f"{V1}/ledger", headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401, header


def test_a_token_in_the_address_is_not_looked_at(anonymous):
    assert anonymous.get(f"{V1}/ledger", params={"token": token(), "access_token": token()}).status_code == 401


def test_reading_needs_its_scope(anonymous):
    for path in (one for one in READS if "tasks" not in one):
        for scope in ("", f"{OPTIMIZE} {APPROVE}", "performance", f"{READ}x"):
            assert anonymous.get(path, headers=bearer(scope)).status_code == 403, (path, scope)


def test_beginning_work_needs_its_scope(anonymous):
    for method, path, body in WORK:
        for scope in (f"{READ} {APPROVE}", f"{OPTIMIZE}:other"):
            answer = anonymous.request(method, path, json=body, headers=bearer(scope))
            assert answer.status_code == 403, (path, scope)


def test_deciding_needs_its_scope(anonymous):
    for method, path, body in DECISIONS:
        for scope in (f"{READ} {OPTIMIZE}", f"{APPROVE}:other"):
            answer = anonymous.request(method, path, json=body, headers=bearer(scope))
            assert answer.status_code == 403, (path, scope)


def test_a_scope_of_one_target_is_none_of_another(configure, anonymous, api_settings):
    configure(targets__other__url=api_settings.targets["main"].url.get_secret_value())
    mine = bearer(f"{READ}:main {OPTIMIZE}:main {APPROVE}:main")
    for method, path, body in (*(("GET", path, None) for path in READS[:8]), *WORK, *DECISIONS):
        answer = anonymous.request(method, path, params={"target": "other"}, json=body, headers=mine)
        assert answer.status_code == 403, path
    assert [one["name"] for one in anonymous.get(f"{V1}/targets", headers=mine).json()] == ["main"]


def test_whether_a_target_exists_is_not_told_to_who_may_not_read_it(anonymous):
    answer = anonymous.get(f"{V1}/ledger", params={"target": "elsewhere"}, headers=bearer(f"{READ}:main"))
    assert answer.status_code == 403


def test_a_change_of_another_target_is_not_there(configure, anonymous, api_settings):
    stock()
    configure(targets__other__url=api_settings.targets["main"].url.get_secret_value())
    known = changes.page("main", state="proposed").items[0].id
    theirs = bearer(f"{READ}:other {APPROVE}:other")
    for method, path in (("GET", f"ledger/{known}"), ("POST", f"recommendations/{known}/approve")):
        answer = anonymous.request(method, f"{V1}/{path}", params={"target": "other"}, headers=theirs)
        assert answer.status_code == 404
    assert changes.one("main", known).change.state == "proposed"


def test_messages_of_another_target_are_not_shown(client):
    for target in ("main", "other"):
        headers = {"id": target, "task": "celeriac.x", "kwargsrepr": f"{{'target': '{target}'}}"}
        broker_client().lpush("celeriac.undeliverable", json.dumps({"headers": headers}))
    assert [one["id"] for one in client.get(f"{V1}/queues").json()["quarantined"]] == ["main"]


def test_a_run_on_another_target_is_not_shown(configure, client, anonymous):
    where = client.post(f"{V1}/performance/optimize/caching", params={"wait": 0}).headers["Location"]
    for path in (where, f"{where}/events"):
        assert anonymous.get(path, headers=bearer(f"{READ}:other")).status_code == 403
    assert anonymous.get(where, headers=bearer(f"{READ}:main")).status_code == 200


def test_without_a_key_the_api_is_closed_and_not_open(configure, client):
    configure(api__secret="")
    for path in READS:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "NotConfigured"), path
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_refusals_are_logged_without_the_token(anonymous, caplog):
    given = bearer(aud="another")
    with caplog.at_level(logging.WARNING):
        anonymous.get(f"{V1}/ledger", headers=given)
        anonymous.get(f"{V1}/ledger", headers=bearer("nothing"))
        anonymous.get(f"{V1}/ledger%0Aforged line", headers=given)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "refused GET /api/v1/ledger" in said
    assert "another audience" in said
    assert "lacks the scope performance:read" in said
    assert not any(part in said for part in given["Authorization"].removeprefix("Bearer ").split("."))
    assert "\nforged" not in said


@pytest.fixture
def stocked(client):
    stock(60)
    return client


INJECTIONS = [
    "'; DROP TABLE celeriac.change; --",
    '" OR 1=1 --',
    "%' OR '1'='1",
    "$$; SELECT pg_sleep(9); $$",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}",
    "../../etc/passwd",
    "\\'; SELECT 1",
    "%s %(x)s :target",
]


def test_text_stays_text_wherever_it_is_given(configure, stocked):
    configure(api__changes_per_minute="0")
    began = time.monotonic()
    for text in INJECTIONS:
        assert_text_stays_text(stocked, text)
    assert time.monotonic() - began < 60  # nobody slept
    assert changes.counted("main").by_state["kept"] == 20


def assert_text_stays_text(stocked, text):
    proposed, other = (line.id for line in changes.page("main", state="proposed", limit=2).items)
    assert stocked.get(f"{V1}/ledger", params={"table": text}).json() == {"items": [], "next": None}
    for name, params in (("state", {"state": text}), ("order", {"order": text}), ("target", {"target": text})):
        assert stocked.get(f"{V1}/{'statements' if name == 'order' else 'ledger'}", params=params).status_code == 422
    assert stocked.post(f"{V1}/recommendations/{proposed}/reject", json={"reason": text}).status_code == 200
    assert changes.one("main", proposed).steps[-1].reason == text
    silence = stocked.post(f"{V1}/alerts/silences", json={"rule": text, "subject": text, "reason": text})
    assert silence.json()["reason"] == text
    invalidated = stocked.post(f"{V1}/cache/invalidate", json={"namespace": text, "tags": [text]})
    assert invalidated.status_code in (200, 422)
    key = {"Idempotency-Key": text}
    assert stocked.post(f"{V1}/recommendations/{other}/approve", headers=key).status_code in (200, 422)


def test_what_is_html_is_never_sent_as_html(stocked):
    for path in (f"{V1}/ledger", f"{V1}/statements", f"{V1}/<script>", f"{V1}/ledger?table=<script>"):
        kind = stocked.get(path).headers["Content-Type"]
        assert kind in ("application/json", "application/problem+json")


def test_reasons_that_are_none_are_refused(stocked):
    proposed = changes.page("main", state="proposed").items[0].id
    for body in ({"reason": "\x00"}, {"reason": "x" * 501}, {"reason": ""}, {"reason": 7}, {"x": "y"}):
        answer = stocked.post(f"{V1}/recommendations/{proposed}/reject", json=body)
        assert answer.status_code == 422, body
    half = b'{"reason": "\\ud800"}'  # half of a pair, which UTF-8 cannot write
    answer = stocked.post(f"{V1}/recommendations/{proposed}/reject", content=half)
    assert answer.status_code == 422
    assert changes.one("main", proposed).change.state == "proposed"


PATHS = (
    "statements/..%2f..%2fetc%2fpasswd",
    "statements/%2e%2e/ledger",
    "statements/f1%00",
    "ledger/1%2frevert",
    "ledger/1;x",
    "tasks/..%2f..%2fledger",
    "tasks/%0d%0aSet-Cookie:x",
    "ledger//1",
    "ledger/9223372036854775808",
    "ledger/1e3",
    "..%2f..%2f..%2fopenapi.json",
)


def test_paths_lead_nowhere_but_where_they_should(client):
    for path in PATHS:
        answer = client.get(f"{V1}/{path}")
        assert answer.status_code in (404, 405, 422), path
        assert "Set-Cookie" not in answer.headers


def test_a_body_without_end_is_not_read(stocked):
    def endless():
        for _ in range(1_000):
            yield b" " * 65_536

    proposed = changes.page("main", state="proposed").items[0].id
    where = f"{V1}/recommendations/{proposed}/reject"
    announced = stocked.post(where, content=b" " * 300_000)
    assert (announced.status_code, announced.json()["code"]) == (413, "BodyTooLarge")
    with suppress(httpx.TransportError):  # closed while it was still sending
        assert stocked.post(where, content=endless()).status_code in (413, 422)
    assert changes.one("main", proposed).change.state == "proposed"


def test_no_browser_guesses_what_an_answer_is(client, anonymous):
    for answer in (client.get(f"{V1}/ledger"), anonymous.get(f"{V1}/ledger"), anonymous.get("/healthz")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_origin_may_read_unless_it_is_configured(client):
    answer = client.get(f"{V1}/ledger", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    asked = client.options(
        f"{V1}/ledger", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 405


def test_a_configured_origin_may(configure, api_settings):
    from web.api import create_app

    configure(api__cors_origins='["https://ops.example"]')
    with serving(create_app()) as where, httpx.Client(base_url=where, headers=bearer()) as client:
        ours = client.get(f"{V1}/ledger", headers={"Origin": "https://ops.example"})
        theirs = client.get(f"{V1}/ledger", headers={"Origin": "https://evil.example"})
    assert ours.headers["Access-Control-Allow-Origin"] == "https://ops.example"
    assert "Access-Control-Allow-Origin" not in theirs.headers


def test_no_answer_holds_a_secret(stocked, configure, api_settings):
    pages = "".join(stocked.get(path).text for path in [*READS, "/openapi.json", "/readyz"])
    for secret in (SECRET, api_settings.targets["main"].url.get_secret_value(), ISSUER):
        assert secret not in pages


def test_a_failure_shows_no_insides(client, monkeypatch, caplog):
    def broken(*_args, **_given):
        raise ZeroDivisionError("the password is hush")

    monkeypatch.setattr(changes, "page", broken)
    with caplog.at_level(logging.CRITICAL):
        answer = client.get(f"{V1}/ledger")
    assert (answer.status_code, answer.json()["code"]) == (500, "Unexpected")
    assert "hush" not in answer.text


def test_a_host_application_brings_its_own_authentication(api_settings):
    def signed_in(request: Request) -> None:
        if user := request.headers.get("X-User"):
            admit(request, user, ["performance:read"])

    host = FastAPI()
    host.include_router(router, prefix="/optimizer", dependencies=[Depends(signed_in)])
    with serving(host) as where, httpx.Client(base_url=f"{where}/optimizer{V1}") as client:
        assert client.get("/ledger").status_code == 401  # whom the host does not admit needs a token
        assert client.get("/ledger", headers={"X-User": "ann"}).status_code == 200
        assert client.get("/ledger/7", headers={"X-User": "ann"}).json()["code"] == "ChangeUnknown"
        assert client.post("/cache/warm", headers={"X-User": "ann"}).status_code == 403
        found = client.post("/cache/warm", params={"wait": 0}, headers=bearer())
        assert found.headers["Location"].startswith("/optimizer/api/v1/tasks/")
