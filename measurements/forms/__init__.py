"""Forms on which numbers come in."""
