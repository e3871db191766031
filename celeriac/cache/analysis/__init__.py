"""What is wrong with a Redis that caches, each finding with a cure, at a bounded cost."""

from celeriac.cache.analysis.analyze import Analysis, analyze
from celeriac.cache.analysis.findings import CHECKS, Finding
from celeriac.cache.analysis.mend import Mending, apply, expire_forgotten, plan
from celeriac.cache.analysis.policy import AnalysisPolicy, MendPolicy
from celeriac.cache.analysis.sample import HotKey, KeySample, PrefixUse
from celeriac.cache.analysis.server import Server

__all__ = [
    "CHECKS",
    "Analysis",
    "AnalysisPolicy",
    "Finding",
    "HotKey",
    "KeySample",
    "MendPolicy",
    "Mending",
    "PrefixUse",
    "Server",
    "analyze",
    "apply",
    "expire_forgotten",
    "plan",
]
