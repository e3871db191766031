"""The surfaces: the REST API and the Optimizer pages in Flower."""
