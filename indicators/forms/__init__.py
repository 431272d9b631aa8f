"""The larger forms: definitions, targets, and the life of an indicator."""
