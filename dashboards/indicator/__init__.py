"""The page of an indicator."""
