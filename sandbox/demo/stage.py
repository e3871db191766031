"""Set the stage: the sample's database with the role its API uses, and the environment that our processes run in."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url

from sandbox.databases import create, create_extensions
from sandbox.postgres import PostgresServer
from sandbox.process import free_port
from sandbox.redis import RedisServer

DATABASE = "stratlogic"
APPLICATION_ROLE = "stratlogic"
"""The API's own role: its statements are told apart from ours by it."""

PERIODS_S = {
    "statements_capture": 2,
    "indexes_recommend": 30,
    "indexes_reconcile": 4,
    "indexes_verify": 2,
    "indexes_ensure_declared": 0,  # the demo shows what is found, not what was declared
    "cache_warm": 10,
    "buffers_snapshot": 10,
    "buffers_warm": 3,
    "metrics_record": 5,
    "metrics_roll_up": 15,
}
"""What takes minutes and hours in production takes seconds here; nothing else is different."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays."""

    url: str
    """SQLAlchemy URL of the sample's database, as ourselves."""
    application_url: str
    """The same as the API's role."""
    redis_url: str
    flower_port: int
    flower_password: str
    environment: dict[str, str]


def set_up(postgres: PostgresServer, redis: RedisServer, state: Path, pace: float = 1.0) -> Stage:
    """Create the empty database, its extensions and the API's role, and compose the processes' environment.

    At twice the pace everything that takes time takes half of it.
    """
    create(postgres, DATABASE)
    create_extensions(postgres, DATABASE)
    _create_role(postgres)
    url = postgres.url(DATABASE)
    password = secrets.token_urlsafe(12)
    port = free_port()
    environment = {
        "CELERIAC_ENV_FILE": "",
        "CELERIAC_TARGETS__MAIN__URL": url,
        "CELERIAC_TARGETS__MAIN__MODE": "auto",
        "CELERIAC_REDIS__BROKER_URL": redis.url(0),
        "CELERIAC_REDIS__RESULTS_URL": redis.url(1),
        "CELERIAC_REDIS__CACHE_URL": redis.url(2),
        "CELERIAC_SCHEDULE__EVERY": json.dumps({name: f"{period / pace}s" for name, period in PERIODS_S.items()}),
        "CELERIAC_FLOWER__PASSWORD": password,
        "CELERIAC_FLOWER__PORT": str(port),
        "CELERIAC_FLOWER__ADDRESS": "127.0.0.1",
        "CELERIAC_WORKER__BEAT_STATE_FILE": str(state / "beat-schedule"),
        **{f"CELERIAC_{name.upper()}": json.dumps(policy) for name, policy in _policies(pace).items()},
    }
    return Stage(
        url=url,
        application_url=make_url(url).set(username=APPLICATION_ROLE).render_as_string(hide_password=False),
        redis_url=redis.url(2),
        flower_port=port,
        flower_password=password,
        environment=environment,
    )


def hand_over(stage: Stage) -> None:
    """Give the loaded tables to the API's role, as in production, and forget what loading them cost."""
    connection = psycopg2.connect(make_url(stage.url).set(drivername="postgresql").render_as_string(False))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                sql.SQL("ALTER TABLE {} OWNER TO {}").format(sql.Identifier(table), sql.Identifier(APPLICATION_ROLE))
            )
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_stat_statements_reset()")
    connection.close()


def _create_role(postgres: PostgresServer) -> None:
    connection = psycopg2.connect(postgres.dsn())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION_ROLE)))
    connection.close()


def _policies(pace: float) -> dict[str, dict[str, Any]]:
    return {
        "verify": {
            "min_settling": f"{3 / pace}s",
            "min_duration": f"{10 / pace}s",
            "max_duration": f"{90 / pace}s",
            "min_calls": 5,
            "baseline": "10m",
        },
        "guards": {"max_snapshot_age_s": 30, "max_changes_per_day": 40},
        "builds": {"retry_after": "5s"},
        "advisor": {"time_limit_s": 15},
        "loop": {"reverts_before_approve": 100},  # the planted one must not end the show
        "buffers": {"min_uptime": "5s"},
        "warming": {"warmers_file": str(Path(__file__).parents[1] / "sample" / "warmers.toml")},
    }
