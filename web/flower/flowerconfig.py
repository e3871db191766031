"""Flower's settings: `celery -A worker.app flower --conf=web/flower/flowerconfig.py`; nothing secret stands in argv.

Flower executes this file before it builds its application, and takes the names that are its options. Without a password
it does not start: its API can enqueue and revoke anything. https://flower.readthedocs.io/en/latest/config.html
"""

from flower import urls

from config.settings import settings
from web.flower.mount import mount
from web.flower.task_lines import format_task

_flower = settings().flower
if _flower.password is None:
    raise SystemExit("celeriac: Flower needs CELERIAC_FLOWER__PASSWORD (or the secret file of that name).")

basic_auth = [f"{_flower.user}:{_flower.password.get_secret_value()}"]
address = _flower.address
port = _flower.port
url_prefix = _flower.url_prefix
# Workers that are gone stay listed, and counted, for five minutes.
purge_offline_workers = 300
max_tasks = 20_000
tasks_columns = "name,uuid,state,kwargs,result,received,runtime,worker"
persistent = _flower.db is not None
db = str(_flower.db or "flower")
state_save_interval = 60_000 if persistent else 0
# Queue lengths are read by the broker's own client; the HTTP API that this names is RabbitMQ's.
broker_api = None

mount(urls.handlers, urls.settings)

__all__ = ["format_task"]  # an option of Flower too: taken from here by name
