"""What people fill in: definitions, targets, values, talk, objectives."""
