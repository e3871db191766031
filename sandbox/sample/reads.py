"""What the API reads."""

from sandbox.sample.shape import DOMAINS, Draw, Shape

STATUSES = ("completed", "completed", "completed", "failed", "pending")
TYPES = ("html", "json", "json", "pdf", "summary")
MODELS = ("minilm-v3", "minilm-v3", "minilm-v2", "mpnet", "bge-small")
SERVICES = ("api", "scraper", "scheduler", "storage", "search", "billing", "proxy", "mailer")
MEASURES = ("parse_ms", "queue_ms", "render_ms", "retries", "proxy_ms", "captcha")


def _email(draw: Draw) -> str:
    user = draw.user()
    return f"user{user}@mail{user % DOMAINS}.example"


READS: tuple[Shape, ...] = (
    Shape(
        "user_by_email",
        20,
        "SELECT id, username, role, is_active FROM users WHERE email = %(email)s",
        lambda draw: {"email": _email(draw)},
    ),
    Shape(
        "user_by_username",
        6,
        "SELECT id, email, full_name FROM users WHERE username = %(username)s",
        lambda draw: {"username": f"user_{draw.user()}"},
    ),
    Shape(
        "administrators",
        5,
        "SELECT id, email, last_login_at FROM users WHERE role = %(role)s ORDER BY created_at DESC LIMIT 20",
        lambda _: {"role": "admin"},
    ),
    Shape(
        "job_by_id",
        14,
        "SELECT id, user_id, url, status, attempts, error_message FROM scraping_jobs WHERE id = %(job)s",
        lambda draw: {"job": draw.job()},
    ),
    Shape(
        "user_jobs",
        20,
        """SELECT id, url, status, created_at, completed_at FROM scraping_jobs
           WHERE user_id = %(user)s AND status = %(status)s ORDER BY created_at DESC LIMIT 20""",
        lambda draw: {"user": draw.user(), "status": draw.random.choice(STATUSES)},
    ),
    Shape(
        "job_queue",
        12,
        """SELECT id, url, attempts FROM scraping_jobs WHERE status = %(status)s
           ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED""",
        lambda _: {"status": "pending"},
    ),
    Shape(
        "jobs_completed_lately",
        7,
        """SELECT id, user_id, url, completed_at FROM scraping_jobs
           WHERE completed_at >= %(since)s AND completed_at < %(until)s ORDER BY completed_at DESC LIMIT 50""",
        lambda draw: {"since": draw.before(hours=12), "until": draw.before(hours=1)},
    ),
    Shape(
        "jobs_of_the_day",
        6,
        "SELECT status, count(*) FROM scraping_jobs WHERE created_at >= %(since)s GROUP BY status",
        lambda draw: {"since": draw.before(hours=6)},
    ),
    Shape(
        "user_job_counts",
        8,
        "SELECT status, count(*), max(created_at) FROM scraping_jobs WHERE user_id = %(user)s GROUP BY status",
        lambda draw: {"user": draw.user()},
    ),
    Shape(
        "job_artifacts",
        22,
        """SELECT id, artifact_type, storage_key, size_bytes FROM artifacts
           WHERE job_id = %(job)s ORDER BY created_at""",
        lambda draw: {"job": draw.job()},
    ),
    Shape(
        "user_artifacts",
        14,
        """SELECT id, job_id, storage_key, size_bytes, created_at FROM artifacts
           WHERE user_id = %(user)s AND artifact_type = %(type)s ORDER BY created_at DESC LIMIT 20""",
        lambda draw: {"user": draw.user(), "type": draw.random.choice(TYPES)},
    ),
    Shape(
        "artifact_search_entry",
        10,
        "SELECT id, model_name, title, token_count FROM search_index WHERE artifact_id = %(artifact)s AND is_active",
        lambda draw: {"artifact": draw.artifact()},
    ),
    Shape(
        "search_of_user",
        6,
        """SELECT s.id, s.title, a.storage_key FROM artifacts a JOIN search_index s ON s.artifact_id = a.id
           WHERE a.user_id = %(user)s AND s.model_name = %(model)s AND s.is_active
           ORDER BY a.created_at DESC LIMIT 10""",
        lambda draw: {"user": draw.user(), "model": draw.random.choice(MODELS)},
    ),
    Shape(
        "report_of_user",
        4,
        """SELECT u.username, j.id, j.url, count(a.id) AS artifacts, sum(a.size_bytes) AS bytes
           FROM users u JOIN scraping_jobs j ON j.user_id = u.id JOIN artifacts a ON a.job_id = j.id
           WHERE u.email = %(email)s AND j.created_at >= %(since)s GROUP BY u.username, j.id, j.url""",
        lambda draw: {"email": _email(draw), "since": draw.before(days=30)},
    ),
    Shape(
        "metric_window",
        6,
        """SELECT count(*), avg(value), max(value) FROM performance_metrics
           WHERE metric_type = %(type)s AND created_at >= %(since)s""",
        lambda draw: {"type": draw.random.choice(MEASURES), "since": draw.before(hours=6)},
    ),
    Shape(
        "user_metrics",
        6,
        """SELECT metric_type, value, created_at FROM performance_metrics
           WHERE user_id = %(user)s ORDER BY created_at DESC LIMIT 50""",
        lambda draw: {"user": draw.user()},
    ),
    Shape(
        "service_health",
        8,
        """SELECT metric_name, avg(value), max(value) FROM service_metrics
           WHERE service_name = %(service)s AND created_at >= %(since)s GROUP BY metric_name""",
        lambda draw: {"service": draw.random.choice(SERVICES), "since": draw.before(hours=1)},
    ),
    Shape(
        "silent_sessions",
        6,
        """SELECT id, user_id, worker, state, pages_fetched, note, heartbeat_at FROM crawl_sessions
           WHERE state <> %(state)s ORDER BY heartbeat_at DESC LIMIT 20""",
        lambda _: {"state": "active"},
    ),
)
