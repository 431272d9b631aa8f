"""The way measurements get in: parse, resolve, validate, store, mark for recomputation."""
