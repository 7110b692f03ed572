"""CSV files of prices."""
