"""Tell: people and machines, once."""
