"""The channels, to receivers on the loopback: what arrives, and what is said where it does not."""

import logging
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from threading import Event

import pytest

from celeriac.alerts.alert import Alert, Notice
from celeriac.alerts.channels import NotDelivered
from celeriac.alerts.channels.alertmanager import Alertmanager, Webhook
from celeriac.alerts.channels.email import Email
from celeriac.alerts.channels.log import Log
from celeriac.alerts.channels.slack import Slack
from celeriac.alerts.channels.task import Task

from .conftest import posting

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ALERT = Alert(
    "main",
    "connections",
    "",
    "critical",
    "97% of <max_connections> are in use.",
    0.97,
    "firing",
    since=NOON,
    last_seen=NOON,
    id=1,
    fired_at=NOON,
)
FIRING = Notice("firing", "ops", ALERT)
LAG = replace(ALERT, rule="standby_lag", subject="b", severity="warning", sentence="Standby b is behind.", id=2)
OVER = Notice("resolved", "ops", replace(LAG, state="resolved", resolved_at=NOON + timedelta(hours=1)))


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_slack_gets_a_message_with_an_attachment_a_notice(receiver):
    Slack(receiver.url)([FIRING, OVER])
    ((method, path, body),) = receiver.got
    assert (method, path) == ("POST", "/services/hush")
    assert body["text"] == "[critical] 1 firing and 1 resolved on main"
    first, second = body["attachments"]
    assert (first["title"], first["text"]) == (
        "FIRING: main connections",
        "97% of &lt;max_connections&gt; are in use.",
    )
    assert second["title"] == "RESOLVED: main standby_lag b"
    assert first["color"] != second["color"]


def test_alertmanager_gets_alerts_that_end_when_they_must_have_been_repeated(receiver):
    Alertmanager(receiver.url, stays=timedelta(hours=8))([FIRING, OVER])
    (body,) = receiver.bodies
    firing, over = body
    assert firing["labels"] == {
        "alertname": "connections",
        "target": "main",
        "severity": "critical",
        "service": "celeriac",
    }
    assert firing["startsAt"] == "2026-01-05T12:00:00Z"
    left = datetime.fromisoformat(firing["endsAt"]) - datetime.now(UTC)
    assert timedelta(hours=7) < left <= timedelta(hours=8)
    assert over["labels"]["subject"] == "b"
    assert over["endsAt"] == "2026-01-05T13:00:00Z"


def test_a_webhook_gets_what_alertmanager_would_send(receiver):
    Webhook(receiver.url, "ops")([FIRING, OVER])
    (body,) = receiver.bodies
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "ops")
    assert body["groupLabels"] == {"target": "main"}
    assert [one["status"] for one in body["alerts"]] == ["firing", "resolved"]
    assert body["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"
    assert len({one["fingerprint"] for one in body["alerts"]}) == 2
    Webhook(receiver.url)([OVER])
    assert receiver.bodies[-1]["status"] == "resolved"


@pytest.mark.parametrize("status", [404, 500])
def test_an_answer_that_is_no_success_is_told_by_its_number(receiver, status):
    receiver.status = status
    with pytest.raises(NotDelivered, match=f"^the receiver answered {status}$"):
        Slack(receiver.url)([FIRING])


def test_a_redirect_does_not_take_the_message_elsewhere(receiver, second_receiver):
    receiver.status, receiver.location = 307, second_receiver.url
    with pytest.raises(NotDelivered, match="307; redirects are not followed"):
        Slack(receiver.url)([FIRING])
    assert second_receiver.got == []


def test_a_receiver_that_is_slow_is_not_waited_for(receiver):
    receiver.stalled = Event()
    with pytest.raises(NotDelivered, match=r"did not answer within 0\.2 s"):
        Slack(receiver.url, timeout_s=0.2)([FIRING])


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/hush", "http://nowhere.invalid/hush", "http://[/hush"])
def test_a_receiver_that_is_not_there_is_told_without_its_address(url, caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(NotDelivered, match="cannot be reached") as failure:
        Slack(url.format(port=free_port()), timeout_s=2)([FIRING])
    assert "hush" not in str(failure.value) + caplog.text


def test_the_address_is_in_no_log_and_no_representation(receiver, caplog):
    with caplog.at_level(logging.DEBUG):
        Slack(receiver.url)([FIRING])
    assert len(receiver.got) == 1
    channels = [Slack(receiver.url), Alertmanager(receiver.url, timedelta(1)), Webhook(receiver.url)]
    assert "hush" not in caplog.text + repr(channels)


def email(port, certificate, **options):
    given = {"user": "celeriac", "password": "hush", "ca_file": str(certificate.file), "timeout_s": 5} | options
    return Email("127.0.0.1", port, "celeriac@example.org", ("ops@example.org", "dba@example.org"), **given)


def test_mail_is_sent_encrypted_and_logged_in(certificate):
    with posting(certificate) as post:
        email(post.port, certificate)([FIRING, OVER])
    (raw,) = post.mails
    mail = message_from_string(raw, policy=policy.default)
    assert mail["Subject"] == "Celeriac: [critical] 1 firing and 1 resolved on main"
    assert (mail["From"], mail["To"]) == ("celeriac@example.org", "ops@example.org, dba@example.org")
    assert mail.get_content().splitlines() == [
        "[critical] FIRING: main connections: 97% of <max_connections> are in use.",
        "[warning] RESOLVED: main standby_lag b: Standby b is behind. It lasted 1:00:00.",
    ]


@pytest.mark.parametrize("security", ["tls", "none"])
def test_mail_is_sent_in_the_other_ways(certificate, security):
    with posting(certificate, security) as post:
        email(post.port, certificate, security=security, user=None)([FIRING])
    assert message_from_string(post.mails[0])["Subject"] == "Celeriac: [critical] FIRING: main connections"


def test_a_line_break_in_a_subject_makes_no_header(certificate):
    odd = Notice("firing", "ops", replace(ALERT, subject="a\nBcc: eve@example.org"))
    with posting(certificate, "none") as post:
        email(post.port, certificate, security="none", user=None)([odd])
    mail = message_from_string(post.mails[0])
    assert mail["Bcc"] is None
    assert mail["Subject"].endswith("a Bcc: eve@example.org")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"password": "wrong"}, "the mail server answered 535"),
        ({"ca_file": None}, "certificate was not accepted"),
        ({"security": "none", "user": None}, "the mail server answered 530"),
    ],
)
def test_a_mail_that_is_not_taken_is_told_with_its_reason(certificate, options, reason):
    with posting(certificate) as post, pytest.raises(NotDelivered, match=reason) as failure:
        email(post.port, certificate, **options)([FIRING])
    assert "hush" not in str(failure.value)
    assert post.mails == []


def test_a_mail_server_that_cannot_encrypt_is_not_used(certificate):
    with posting(certificate, "none") as post, pytest.raises(NotDelivered, match="does not offer STARTTLS"):
        email(post.port, certificate)([FIRING])
    assert post.mails == []


def test_a_mail_server_that_refuses_the_message_is_told_by_its_number(certificate):
    with posting(certificate, "none") as post:
        post.answer = "451 try later"
        with pytest.raises(NotDelivered, match="answered 451"):
            email(post.port, certificate, security="none", user=None)([FIRING])


def test_a_mail_server_that_is_away_or_silent_is_told(certificate):
    with pytest.raises(NotDelivered, match="cannot be reached"):
        email(free_port(), certificate)([FIRING])
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NotDelivered, match=r"did not answer within 0\.2 s"):
            email(silent.getsockname()[1], certificate, timeout_s=0.2)([FIRING])


def test_the_log_has_a_line_a_notice_at_the_alerts_own_level(caplog):
    with caplog.at_level(logging.INFO):
        Log()([FIRING, OVER])
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("ERROR", "[critical] FIRING: main connections: 97% of <max_connections> are in use."),
        ("INFO", "[warning] RESOLVED: main standby_lag b: Standby b is behind. It lasted 1:00:00."),
    ]


def test_a_task_of_the_receivers_own_gets_plain_data():
    sent = []
    Task("shop.on_alert", lambda *given: sent.append(given), "shop")([FIRING])
    ((name, arguments, queue),) = sent
    assert (name, queue) == ("shop.on_alert", "shop")
    (told,) = arguments["alerts"]
    assert (told["kind"], told["rule"], told["fired_at"]) == ("firing", "connections", "2026-01-05T12:00:00+00:00")
    assert arguments["summary"] == "[critical] FIRING: main connections"


def test_a_task_that_cannot_be_sent_is_told():
    def away(*_given):
        raise ConnectionError

    with pytest.raises(NotDelivered, match="the broker cannot be reached"):
        Task("shop.on_alert", away)([FIRING])
