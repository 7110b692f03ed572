"""The history: SQLite, InfluxDB, and what wraps them (cache, spool, as-of view)."""
