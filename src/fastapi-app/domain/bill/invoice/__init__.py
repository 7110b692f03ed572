"""A bill from a curve of consumption, line by line, to the cent."""
