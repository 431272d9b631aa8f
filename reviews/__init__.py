"""Decide: meetings, decisions, actions."""
