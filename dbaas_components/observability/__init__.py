"""What watches the databases: metrics of their custom resources, alerts with runbooks, dashboards."""
