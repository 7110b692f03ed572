"""The history in InfluxDB."""
