"""What PostgreSQL's refusals mean for the operator of a target, as typed sentences that say what to do."""

from sqlalchemy.exc import DBAPIError

from celeriac import refusals
from celeriac.errors import CeleriacError
from celeriac.refusals import Refusal


class TargetAway(CeleriacError):
    """Target {target!r} cannot be reached ({detail}); its tasks try again by themselves."""


class TargetRefused(CeleriacError):
    """Target {target!r} refuses the connection ({detail}); check the user, password, database and pg_hba.conf."""


class TargetIsStandby(CeleriacError):
    """Target {target!r} is read-only; give the primary's URL, or a state_url that can be written."""


class PrivilegeMissing(CeleriacError):
    """The role of target {target!r} may not do this ({detail}); `celeriac doctor` names the grant that is missing."""


class ExtensionMissing(CeleriacError):
    """Target {target!r} lacks what is asked for ({detail}); `celeriac doctor` names the command that installs it."""


class LedgerMissing(CeleriacError):
    """Target {target!r} has no ledger, or an old one ({detail}); run `celeriac migrate` on its state database."""


_SENTENCES: dict[Refusal, type[CeleriacError]] = {
    "read-only": TargetIsStandby,
    "privilege": PrivilegeMissing,
    "ledger": LedgerMissing,
    "extension": ExtensionMissing,
    "malformed": TargetRefused,
    "unresolved": TargetRefused,
    "refused": TargetRefused,
    "away": TargetAway,
}


def explain(error: DBAPIError, target: str, *, writes: bool = True) -> CeleriacError | None:
    """Return the typed sentence for a driver's error, None where the error is no business of the operator's set-up.

    Without `writes` the transaction is read-only by our own wish: that it refuses to write tells nothing of the server.
    """
    meaning = refusals.meaning(error)
    if meaning is None or (meaning == "read-only" and not writes):
        return None
    return _SENTENCES[meaning](target=target, detail=refusals.detail(error))
