"""The REST doors of measurements."""
