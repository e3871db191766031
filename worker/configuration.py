"""Celery's settings, each for a reason measured or written down; the broker is Redis.

https://docs.celeryq.dev/en/stable/userguide/configuration.html and
https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html
"""

from collections.abc import Iterable
from typing import Any, Final

from kombu import Queue

from celeriac.errors import CeleriacError
from celeriac.priorities import NORMAL
from config.settings import Settings

GENERAL: Final = "celeriac"
DDL: Final = "celeriac.ddl"
DDL_TASKS: Final = ("celeriac.indexes.build", "celeriac.indexes.drop", "celeriac.indexes.rebuild")
"""What runs DDL: on its own queue and worker, since a priority never pre-empts a build of an hour."""

MARGIN_S: Final = 300
"""By how much a message's visibility must exceed the longest run: the sweep and the retries' waits lie within it."""


class VisibilityTooShort(CeleriacError):
    """CELERIAC_TASKS__VISIBILITY_TIMEOUT is {visibility_s:.0f} s; below {needed_s:.0f} s, tasks would run twice."""


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's settings; raises VisibilityTooShort."""
    refuse_short_visibility(settings)
    return {
        **_broker(settings),
        **_results(settings),
        **_tasks(settings),
        **_worker(settings),
    }


def _broker(settings: Settings) -> dict[str, Any]:
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
            "deadletter_queue": "celeriac.undeliverable",
        },
        "task_default_queue": GENERAL,
        "task_queues": (Queue(GENERAL), Queue(DDL)),
        "task_create_missing_queues": False,
        "task_routes": {
            # What is sent by name alone has no task to take the default priority from.
            **{name: {"queue": DDL, "priority": NORMAL} for name in DDL_TASKS},
            "celeriac.*": {"queue": GENERAL, "priority": NORMAL},
        },
        # Without one a task would go to step 0, before everything else.
        "task_default_priority": NORMAL,
    }


def _results(settings: Settings) -> dict[str, Any]:
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


def _tasks(settings: Settings) -> dict[str, Any]:
    limit_s = settings.tasks.time_limit.total_seconds()
    ddl_limit_s = settings.tasks.ddl_time_limit.total_seconds()
    margin_s = settings.tasks.soft_margin.total_seconds()
    ddl_limits = {"time_limit": ddl_limit_s, "soft_time_limit": max(1.0, ddl_limit_s - margin_s)}
    return {
        "task_acks_late": True,
        "task_acks_on_timeout": True,
        "task_acks_on_failure": True,
        # Reject would run a task that kills its process for ever; retry is bounded by max_retries.
        "task_reject_on_worker_lost": False,
        "task_retry_on_worker_lost": True,
        "task_time_limit": limit_s,
        "task_soft_time_limit": max(1.0, limit_s - margin_s),
        "task_annotations": {
            "*": {
                # After the lease of the lost run has run out, or the next one would be skipped.
                "default_retry_delay": int(settings.tasks.lease.total_seconds()) + 15,
                "max_retries": settings.tasks.max_retries,
            },
            **{name: dict(ddl_limits) for name in DDL_TASKS},
        },
        "task_track_started": True,
        "task_send_sent_event": True,
        "worker_send_task_events": True,
    }


def _worker(settings: Settings) -> dict[str, Any]:
    return {
        "worker_concurrency": 1 if settings.role == "ddl" else settings.worker.concurrency,
        "worker_prefetch_multiplier": 1,
        # Nothing is reserved while every slot is busy: what is urgent overtakes all that waits.
        "worker_disable_prefetch": True,
        "worker_max_tasks_per_child": settings.worker.max_tasks_per_child,
        "worker_max_memory_per_child": settings.worker.max_memory_per_child_kib,
        "worker_eta_task_limit": 1000,
        "worker_soft_shutdown_timeout": settings.worker.soft_shutdown.total_seconds(),
        # A late-acked task comes again after a lost connection; but killing a concurrent build leaves an invalid
        # index, so there the lease and the advisory lock turn the second copy away instead.
        "worker_cancel_long_running_tasks_on_connection_loss": settings.role != "ddl",
        "worker_hijack_root_logger": False,
        "beat_enable_remote_control": True,
        "beat_schedule_filename": str(settings.worker.beat_state_file),
        "timezone": "UTC",
        "enable_utc": True,
    }


def refuse_short_visibility(settings: Settings, limits_s: Iterable[float | None] = ()) -> None:
    """Raise VisibilityTooShort where a run may last longer than Redis keeps its message from other workers."""
    configured = max(settings.tasks.time_limit, settings.tasks.ddl_time_limit).total_seconds()
    needed_s = max([configured, *(limit_s for limit_s in limits_s if limit_s)]) + MARGIN_S
    visibility_s = settings.tasks.visibility_timeout.total_seconds()
    if visibility_s < needed_s:
        raise VisibilityTooShort(visibility_s=visibility_s, needed_s=needed_s)
