"""The board of a team."""
