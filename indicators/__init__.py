"""What: definitions, measurements and their judgement."""
