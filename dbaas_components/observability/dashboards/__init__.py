"""Grafana dashboards as code; they need the extra `dashboards`."""
