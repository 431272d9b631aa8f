"""The REST doors of verdicts and analyses."""
