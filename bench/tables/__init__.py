"""The tables of claims that ``python -m bench.validate`` measures, one module each."""
