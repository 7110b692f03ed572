"""Batches as they were carried out, as the local state had them before it kept events; the floor's log has taken them over."""

WORK_TABLES = (
    # Days are ISO 8601.
    """CREATE TABLE carried_out (
        batch_id TEXT PRIMARY KEY, due TEXT, state TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX carried_out_by_day ON carried_out (due)",
)
