"""Judgement: pure numbers in, an explained verdict out. No Django, no database, no clock.

`judgement.judge` is the front door; every part of it is a module of its own.
"""
