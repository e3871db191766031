"""The cache beside its peers, in one run on one private Redis: hits, process tier, stampedes, invalidation, silence.

Each round measures every library in turn, so that a busy moment of the machine hits all of them; a figure is the median
of the rounds' medians. Peers that are not installed are left out.
"""
