"""The only truth about what was recommended, done and measured; Redis holds copies."""
