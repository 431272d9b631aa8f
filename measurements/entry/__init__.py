"""People entering numbers: the grid of what is due, saving its cells, and one-time links."""

from measurements.entry.links import address_of, asked_for, issue_link

__all__ = ["address_of", "asked_for", "issue_link"]
