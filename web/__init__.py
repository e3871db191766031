"""The surfaces: a REST API, and the Optimizer pages inside Flower."""
