"""The advisor beside its peers, in one run on one private server: cost, time, EXPLAINs, true sizes, real run time."""
