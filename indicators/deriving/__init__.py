"""Derived indicators: what may be one, and keeping their values up to date with their inputs."""

from indicators.deriving.checking import check
from indicators.deriving.computing import follow
from indicators.deriving.telling import Origin, origin_of

__all__ = ["Origin", "check", "follow", "origin_of"]
