"""Ready ways to cache what most services have: user data, job statistics and search results.

Each has lifetimes and an invalidation of its own kind, and works with `Cache` and `AsyncCache`.
"""

from celeriac.cache.strategies.job_statistics import JobStatistics
from celeriac.cache.strategies.search_results import SearchResults
from celeriac.cache.strategies.user_data import UserData

__all__ = ["JobStatistics", "SearchResults", "UserData"]
