"""Look at a Redis and say what to mend."""

from dataclasses import dataclass

from redis import Redis

from celeriac.cache.analysis import server as servers
from celeriac.cache.analysis.findings import CHECKS, Finding
from celeriac.cache.analysis.policy import AnalysisPolicy
from celeriac.cache.analysis.sample import KeySample, sample
from celeriac.cache.analysis.server import Server


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was seen, and what follows from it."""

    server: Server
    sample: KeySample
    findings: tuple[Finding, ...]


def analyze(client: "Redis", policy: AnalysisPolicy) -> Analysis:
    """Analyse a Redis; raises redis.exceptions.RedisError where it does not answer."""
    server, keys = servers.read(client), sample(client, policy)
    findings = [finding for check in CHECKS if (finding := check(server, keys, policy)) is not None]
    return Analysis(server, keys, tuple(findings))
