from sqlalchemy import text

from tasks import health, results

from .test_indexes import app, application, run  # noqa: F401 - fixtures


def test_what_the_checks_found_is_published_with_its_cure(configured, app, application):  # noqa: F811
    application.execute(text("CREATE TABLE calm (id int PRIMARY KEY) WITH (autovacuum_enabled = false)"))
    outcome = run(health.check)
    assert outcome["warning"] + outcome.get("critical", 0) >= 1
    found = results.latest("health", "main")["findings"]
    assert [one["check"] for one in found if one["subject"].endswith("calm")] == ["autovacuum_off"]
