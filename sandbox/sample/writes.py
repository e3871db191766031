"""What the API and its workers write."""

from sandbox.sample.reads import MEASURES, SERVICES
from sandbox.sample.shape import Shape

WRITES: tuple[Shape, ...] = (
    Shape(
        "submit_job",
        5,
        "INSERT INTO scraping_jobs (user_id, url, priority) VALUES (%(user)s, %(url)s, %(priority)s) RETURNING id",
        lambda draw: {
            "user": draw.user(),
            "url": f"https://shop{draw.random.randint(0, 4999)}.example/new",
            "priority": draw.random.randint(0, 9),
        },
        writes=True,
    ),
    Shape(
        "store_artifact",
        7,
        """INSERT INTO artifacts (job_id, user_id, artifact_type, storage_key, size_bytes)
           VALUES (%(job)s, %(user)s, %(type)s, %(key)s, %(size)s)""",
        lambda draw: {
            "job": draw.recent_job(),
            "user": draw.user(),
            "type": draw.random.choice(("html", "json")),
            "key": f"artifacts/new/{draw.random.getrandbits(40)}",
            "size": draw.random.randint(2_000, 400_000),
        },
        writes=True,
    ),
    Shape(
        "record_metric",
        8,
        "INSERT INTO performance_metrics (user_id, metric_type, value) VALUES (%(user)s, %(type)s, %(value)s)",
        lambda draw: {
            "user": draw.user(),
            "type": draw.random.choice(MEASURES),
            "value": round(draw.random.random() * 900, 2),
        },
        writes=True,
    ),
    Shape(
        "record_service_metric",
        6,
        "INSERT INTO service_metrics (service_name, metric_name, value) VALUES (%(service)s, %(name)s, %(value)s)",
        lambda draw: {
            "service": draw.random.choice(SERVICES),
            "name": draw.random.choice(("requests", "errors", "cpu")),
            "value": round(draw.random.random() * 400, 2),
        },
        writes=True,
    ),
    Shape(
        "finish_job",
        8,
        """UPDATE scraping_jobs SET status = %(status)s, attempts = attempts + 1, completed_at = now()
           WHERE id = %(job)s""",
        lambda draw: {"job": draw.recent_job(), "status": draw.random.choice(("completed", "completed", "failed"))},
        writes=True,
    ),
    Shape(
        "heartbeat",
        24,
        """UPDATE crawl_sessions SET heartbeat_at = now(), pages_fetched = pages_fetched + %(pages)s
           WHERE id = %(session)s""",
        lambda draw: {"session": draw.active_session(), "pages": draw.random.randint(1, 9)},
        writes=True,
    ),
    Shape(
        "forget_old_metrics",
        2,
        "DELETE FROM service_metrics WHERE created_at < %(until)s",
        lambda draw: {"until": draw.before(days=14)},
        writes=True,
    ),
)
