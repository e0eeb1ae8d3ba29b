"""`DatabaseAlerts`: the alerts of one database, as its own specification asks for them."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.fields import Form
from dbaas_components.databases.spec.part import LabelKey, LabelValue, NamespaceName, Part
from dbaas_components.kubernetes_objects import KubernetesObject
from dbaas_components.labels import COST_CENTRE, ENGINE, ENVIRONMENT, OWNER, TENANT, platform_labels
from dbaas_components.observability.rules.alert import DEFAULT_RUNBOOKS
from dbaas_components.observability.rules.thresholds import AlertThresholds

Address = Annotated[
    str, Form(r"\S+", "the address of a folder; write such as https://wiki.example.com/runbooks, without spaces")
]
"""Address below which there is a page for each alert."""


class DatabaseAlertsArgs(TypedDict):
    """Arguments of `DatabaseAlerts`."""

    database: Mapping[str, Any]
    """The arguments of the `ManagedDatabase`, the same mapping. Its namespace has to be plain text."""
    thresholds: NotRequired[Mapping[str, Any]]
    """From when on it is told of; see `AlertThresholds`. Default: what follows from `slo` and the schedules."""
    runbooks: NotRequired[str]
    """Address below which your people find `<alert>.md`; default `docs/runbooks`, the folder in this project."""
    exporters: NotRequired[bool]
    """Whether the metrics of PMM's exporters are to be had where these rules are evaluated; default false."""
    namespace: NotRequired[str]
    """Namespace of the PrometheusRule; default: the database's."""
    select_labels: NotRequired[Mapping[str, str]]
    """Labels by which Prometheus selects rules: the output `select_labels` of `MonitoringStack`, as plain text."""


class DatabaseAlertsSpec(Part):
    """The arguments of `DatabaseAlerts` beside the database, checked."""

    thresholds: AlertThresholds = AlertThresholds()
    runbooks: Address = DEFAULT_RUNBOOKS
    exporters: bool = False
    namespace: NamespaceName | None = None
    select_labels: dict[LabelKey, LabelValue] = {}


class DatabaseAlerts(Component):
    """One PrometheusRule with every alert that can be told of a database of this engine and shape."""

    alerts: pulumi.Output[Sequence[str]]
    """Names of its alerts."""
    not_told: pulumi.Output[Sequence[str]]
    """What is not watched although one might expect it, each with the reason."""

    def __init__(self, name: str, args: DatabaseAlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the database's unless its arguments hold another. Raises `SpecError` with every problem of `args`,
        before anything is registered."""
        # Here and not above: pydantic's models of a database take their time to import.
        from dbaas_components.databases.spec import parse_database
        from dbaas_components.errors import Problem, SpecError
        from dbaas_components.observability.rules.groups import database_groups, not_told, rule_object

        subject = f'alerts "{name}"'
        given = {key: value for key, value in args.items() if key != "database"}
        spec = parse_arguments(DatabaseAlertsSpec, subject, given)
        database = parse_database(name, args["database"], path="database")
        if not database.namespace:
            message = "is an output of another resource, and stands in every query; write a plain value"
            raise SpecError(subject, [Problem("database.namespace", message)])
        self.begin(name, opts)
        groups = database_groups(database, spec.thresholds, runbooks=spec.runbooks, exporters=spec.exporters)
        owners = {
            TENANT: database.tenant,
            OWNER: database.owner,
            ENVIRONMENT: database.environment,
            COST_CENTRE: database.cost_centre,
        }
        labels = {
            "app.kubernetes.io/instance": database.name,
            "app.kubernetes.io/component": "alerts",
            **platform_labels(),
            ENGINE: database.engine,
            **{label: value for label, value in owners.items() if value},
            **spec.select_labels,
        }
        # Two engines may have a database of the same name in one namespace.
        rule = rule_object(
            f"dbaas-{database.engine}-{database.name}", spec.namespace or database.namespace, groups, labels
        )
        placed = KubernetesObject(self.child_name("rules"), rule, self.child_options())
        self.publish(
            placed,
            alerts=sorted({one["alert"] for group in groups for one in group["rules"]}),
            not_told=not_told(database, exporters=spec.exporters),
        )
