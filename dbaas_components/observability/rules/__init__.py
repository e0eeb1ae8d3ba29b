"""Alerts: pure functions from a database's specification to Prometheus' rule groups."""
