"""The sample application: a scraping service's schema, about two million skewed rows, and the traffic of its API."""
