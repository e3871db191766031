"""Where tasks are queued and results are kept: what every process must agree on that sends, takes or reads them.

https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html
"""

from typing import Any, Final

from kombu import Queue

from celeriac.priorities import NORMAL
from config.settings import Settings

GENERAL: Final = "celeriac"
DDL: Final = "celeriac.ddl"
DDL_TASKS: Final = (
    "celeriac.indexes.build",
    "celeriac.indexes.drop",
    "celeriac.indexes.rebuild",
    "celeriac.indexes.restore",
)
"""What runs DDL: on its own queue and worker, since a priority never pre-empts a build of an hour."""
QUEUES: Final = (GENERAL, DDL)
UNDELIVERABLE: Final = "celeriac.undeliverable"
"""The list of what no queue takes."""


def broker(settings: Settings) -> dict[str, Any]:
    """Return how tasks travel."""
    visibility_s = settings.tasks.visibility_timeout.total_seconds()
    return {
        "broker_url": settings.redis.broker_url.get_secret_value(),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "visibility_timeout": visibility_s,
        "broker_transport_options": {
            # One list a priority: with Celery's four, neighbours would share one and run in the order of arrival.
            "priority_steps": list(range(10)),
            "queue_order_strategy": "priority",
            "visibility_timeout": visibility_s,
            # What a killed worker held comes back within 30 s of the visibility timeout instead of 100 s.
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 3,
            "socket_timeout": 30,
            "socket_connect_timeout": settings.redis.connect_timeout_s,
            "socket_keepalive": True,
            "health_check_interval": settings.redis.health_check_s,
            "max_connections": settings.redis.max_connections,
            "client_name": f"celeriac:{settings.role}:broker",
            # A repeated LPUSH would double a task.
            "retry_on_timeout": False,
            "deadletter_queue": UNDELIVERABLE,
        },
        "task_default_queue": GENERAL,
        "task_queues": tuple(Queue(name) for name in QUEUES),
        "task_create_missing_queues": False,
        "task_routes": {
            # What is sent by name alone has no task to take the default priority from.
            **{name: {"queue": DDL, "priority": NORMAL} for name in DDL_TASKS},
            "celeriac.*": {"queue": GENERAL, "priority": NORMAL},
        },
        # Without one a task would go to step 0, before everything else.
        "task_default_priority": NORMAL,
    }


def results(settings: Settings) -> dict[str, Any]:
    """Return how results are kept and everything is serialized."""
    return {
        "result_backend": settings.redis.results_url.get_secret_value(),
        "result_backend_transport_options": {
            "visibility_timeout": settings.tasks.visibility_timeout.total_seconds(),
            "client_name": f"celeriac:{settings.role}:backend",
        },
        "redis_socket_timeout": 30.0,
        "redis_socket_connect_timeout": settings.redis.connect_timeout_s,
        # A keepalive of a Unix socket is an error to redis-py.
        "redis_socket_keepalive": not settings.redis.results_url.get_secret_value().startswith("redis+socket:"),
        "redis_backend_health_check_interval": settings.redis.health_check_s,
        "redis_max_connections": settings.redis.max_connections,
        "result_backend_always_retry": True,
        "result_backend_max_retries": 10,
        "result_extended": True,
        "result_expires": settings.tasks.result_expires,
        # Never pickle: whoever can write to Redis would run code.
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
    }
