"""The Celery application: `celery -A worker.app worker`, `beat`, `flower`; a wrong setting ends the start."""

from celery import Celery

import tasks
from beat_schedule import ENTRIES
from celeriac.cache import warmers
from celeriac.errors import CeleriacError
from config.settings import Settings, settings
from tasks import alerts
from worker import signals
from worker.configuration import configuration, refuse_short_visibility
from worker.schedule import schedule


def create(settings: Settings) -> Celery:
    """Return the application for some settings; raises a CeleriacError for what cannot work."""
    made = Celery("celeriac", set_as_current=True)
    made.conf.update(configuration(settings))
    made.conf.imports = tasks.MODULES
    made.conf.beat_schedule = schedule(ENTRIES, settings.targets, settings.schedule)
    made.loader.import_default_modules()
    if settings.warming.warmers_file is not None:
        warmers.read(settings.warming.warmers_file)  # what is wrong in it stops the start, not the night's run
    alerts.check(settings)
    refuse_short_visibility(settings, [task.time_limit for task in made.tasks.values()])
    signals.connect(made)
    return made


try:
    app = create(settings())
except CeleriacError as error:
    raise SystemExit(f"celeriac: {error}") from None
