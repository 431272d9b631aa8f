"""Benchmarks: speed as ratios to anchors measured in the same run on the same machine."""
