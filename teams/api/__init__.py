"""The REST API of the app."""
