"""What is wrong with a Redis that caches, each finding with a cure, at a bounded cost."""

from celeriac.cache.analysis.analyze import Analysis, analyze
from celeriac.cache.analysis.findings import CHECKS, Finding
from celeriac.cache.analysis.mend import expire_forgotten
from celeriac.cache.analysis.sample import KeySample, PrefixUse
from celeriac.cache.analysis.server import Server

__all__ = ["CHECKS", "Analysis", "Finding", "KeySample", "PrefixUse", "Server", "analyze", "expire_forgotten"]
