"""The Optimizer pages inside Flower."""
