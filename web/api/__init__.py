"""Manners of the REST API that every app shares."""
