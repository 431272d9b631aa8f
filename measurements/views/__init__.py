"""Pages on which numbers come in."""
