"""MEASURE: values and their history, and every way in and out."""
