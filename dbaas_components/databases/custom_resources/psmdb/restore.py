"""PerconaServerMongoDBRestore of the PSMDB operator 1.22.0."""

from __future__ import annotations

from typing import Literal

from dbaas_components.databases.custom_resources.common import CustomResourceModel, ObjectMeta
from dbaas_components.databases.custom_resources.model import Model
from dbaas_components.databases.custom_resources.psmdb.backup import Place


class _Which(Model):
    type: Literal["logical", "physical"] | None = None
    destination: str


class BackupSource(Place, _Which):
    """A backup that another database made: where it is, and how it was made."""


class Target(Model):
    """The moment to go on to."""

    type: Literal["latest", "date"]
    date: str | None = None


class RestoreSpec(Model):
    """What is restored into which database."""

    cluster_name: str
    backup_source: BackupSource
    pitr: Target | None = None


class PerconaServerMongoDBRestore(CustomResourceModel):
    """The whole custom resource."""

    api_version: Literal["psmdb.percona.com/v1"] = "psmdb.percona.com/v1"
    kind: Literal["PerconaServerMongoDBRestore"] = "PerconaServerMongoDBRestore"
    metadata: ObjectMeta
    spec: RestoreSpec
