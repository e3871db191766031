"""Figures side by side with peers in one run; `make bench-…`, never part of the tests."""
