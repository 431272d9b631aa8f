"""The pages on which indicators are defined, aimed, fed and talked about."""
