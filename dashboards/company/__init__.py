"""What spans teams: overview, scorecard, lists, search."""
