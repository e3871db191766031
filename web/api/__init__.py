"""The REST API: a router that another FastAPI application mounts, and a service of its own."""
