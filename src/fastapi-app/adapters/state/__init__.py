"""The local state: one SQLite file, one module a table or role."""
