"""Published algorithms, written plainly from their papers, to measure ours against in the same run."""
