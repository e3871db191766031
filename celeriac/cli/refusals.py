"""What the driver's errors mean for the person at the terminal, as sentences that say what to do."""

from sqlalchemy.exc import DBAPIError

from celeriac import refusals
from celeriac.errors import CeleriacError
from celeriac.refusals import Refusal


class UrlMissing(CeleriacError):
    """No database is named: give its URL, or set {variables}."""


class UrlWrong(CeleriacError):
    """That is no PostgreSQL URL ({reason}); write postgresql://user@host:5432/database."""


class DatabaseAway(CeleriacError):
    """The database cannot be reached ({detail}); check host and port, and whether PostgreSQL runs there."""


class DatabaseRefused(CeleriacError):
    """The database refuses the connection ({detail}); check user, password, database name and pg_hba.conf."""


class DatabaseReadOnly(CeleriacError):
    """The database is read-only, as a standby is; give the primary's URL, or a --state-url that can be written."""


class NotPermitted(CeleriacError):
    """The role may not do this ({detail}); `celeriac doctor` names the grant that is missing."""


class LedgerMissing(CeleriacError):
    """There is no ledger in this database, or an old one ({detail}); run `celeriac migrate` with the same URL."""


class StatementFailed(CeleriacError):
    """PostgreSQL refused a statement: {detail}."""


_SENTENCES: dict[Refusal, type[CeleriacError]] = {
    "read-only": DatabaseReadOnly,
    "privilege": NotPermitted,
    "ledger": LedgerMissing,
    "unresolved": DatabaseAway,
    "refused": DatabaseRefused,
    "away": DatabaseAway,
}


def explain(error: DBAPIError) -> CeleriacError:
    """Return the sentence for a driver's error."""
    meaning, detail = refusals.meaning(error), refusals.detail(error)
    if meaning == "malformed":
        return UrlWrong(reason=detail.removeprefix("invalid dsn: "))
    sentence = StatementFailed if meaning is None else _SENTENCES.get(meaning, StatementFailed)
    return sentence(detail=detail)
