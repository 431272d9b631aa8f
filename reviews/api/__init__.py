"""The REST doors of the app."""
