"""What size costs: pages over a growing installation, and ways of storing measurements."""
