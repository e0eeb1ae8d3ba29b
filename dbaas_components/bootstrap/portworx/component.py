"""`Portworx`: growth rules, snapshot schedules and copies of namespaces for databases on Portworx volumes."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.portworx import rules
from dbaas_components.bootstrap.portworx.render import objects
from dbaas_components.bootstrap.portworx.spec import PortworxSpec
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.errors import SpecError
from dbaas_components.kubernetes_objects import KubernetesObject


class PortworxArgs(TypedDict):
    """Arguments of `Portworx`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    cloud: NotRequired[Mapping[str, Any]]
    """Cloud profile, as `StorageTiers` takes it: which tiers are on Portworx, with how many copies."""
    databases: NotRequired[Mapping[str, Mapping[str, Any]]]
    """Name to the arguments of a `ManagedDatabase`: all databases on these volumes, so that what would break one is
    refused here."""
    operator_namespaces: NotRequired[Sequence[str]]
    """Namespaces with operators; default `percona-operators`."""
    schedules: NotRequired[Sequence[Mapping[str, Any]]]
    """`name`, and one or more of `often` (`minutes`, `keep`), `daily` (`time`, `keep`), `weekly` (`day`, `time`,
    `keep`) and `monthly` (`date`, `time`, `keep`)."""
    growth: NotRequired[Sequence[Mapping[str, Any]]]
    """Volumes that Autopilot grows: `database`, `max_size`, and `usage_percent` (80), `step_percent` (50), `poll`
    (30s), `cool_down` (10m)."""
    snapshots: NotRequired[Sequence[Mapping[str, Any]]]
    """`database`, `schedule`, and `after_deletion` (`delete`)."""
    application_backups: NotRequired[Sequence[Mapping[str, Any]]]
    """`name`, `namespaces`, `location` (a BackupLocation), `schedule`, and `namespace`, `after_deletion` (`keep`)."""
    migrations: NotRequired[Sequence[Mapping[str, Any]]]
    """`name`, `namespaces` without databases, `cluster_pair`, `schedule`, and `namespace`."""


class Portworx(Component):
    """Objects of Autopilot and STORK, labelled as what they are: crash-consistent, and no backup.

    Their definitions come with Portworx and have to be there. Needs nothing else of the platform.
    """

    warnings: pulumi.Output[list[str]]
    """Combinations that are allowed and may not be meant, a sentence each; the program's run logs them too."""

    def __init__(self, name: str, args: PortworxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, combinations that break a database among them, before
        anything is registered."""
        spec, databases = parse_portworx(f'portworx "{name}"', args)
        self.begin(name, opts)
        made: dict[str, KubernetesObject] = {}
        schedules: list[pulumi.Resource] = []
        for role, manifest in objects(spec, databases).items():
            is_schedule = manifest["kind"] == "SchedulePolicy"
            options = self.child_options(depends_on=None if is_schedule else list(schedules) or None)
            made[role] = KubernetesObject(self.child_name(role), manifest, options)
            if is_schedule:
                schedules.append(made[role])
        warnings = rules.warnings(spec, databases)
        for sentence in warnings:
            pulumi.log.warn(sentence, self)
        self.publish(*made.values(), warnings=warnings)


def parse_portworx(subject: str, args: Mapping[str, Any]) -> tuple[PortworxSpec, dict[str, DatabaseSpec]]:
    """The arguments and the databases that they name, checked together. Raises `SpecError` with every problem."""
    spec = parse_arguments(PortworxSpec, subject, args)
    databases = rules.parse_databases(spec)
    if found := rules.problems(spec, databases):
        raise SpecError(subject, found)
    return spec, databases
