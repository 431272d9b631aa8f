"""Indicators: definitions, targets, objectives, and talk about them."""
