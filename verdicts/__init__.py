"""JUDGE: stale marks, judging, stored analyses, derived values, explanations."""
