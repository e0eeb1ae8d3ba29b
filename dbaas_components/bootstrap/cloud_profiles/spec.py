"""What a platform says of the Kubernetes cluster that it runs on."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import Field, model_validator

from dbaas_components.bootstrap.arguments import LateText
from dbaas_components.bootstrap.fields import Form
from dbaas_components.databases.spec.part import LabelName, Line, ObjectName, Part
from dbaas_components.databases.spec.sizing import Tier
from dbaas_components.errors import Problem, SpecError

Kubernetes = Literal["eks", "gke", "aks", "on_premises"]


class PortworxVolume(Part):
    """Volumes of Portworx (driver `pxd.portworx.com`); parameters as its documentation of volume options lists them."""

    replicas: Annotated[int, Field(ge=1, le=3)] = 2
    """Copies that the storage keeps of each volume, 1 to 3. A database with replicas of its own multiplies them."""
    io_profile: Literal["auto", "db_remote", "journal", "auto_journal", "sync_shared", "none"] = "auto"
    """How writes are ordered. `db_remote` tells a database that its data is safe before it is on disk, and leans on the
    other copies for that."""
    priority: Literal["high", "medium", "low"] | None = None
    """Storage pool by speed; default: the driver's own, `low`."""
    snapshots: tuple[LabelName, ...] = ()
    """SchedulePolicies of STORK by which every volume of this class gets snapshots: crash-consistent, each volume for
    itself, and no backup."""

    @model_validator(mode="after")
    def _enough_copies(self) -> PortworxVolume:
        if self.io_profile == "db_remote" and self.replicas == 1:
            message = (
                "db_remote answers a flush before it is on disk and leans on the other copies, and there are none; "
                "write replicas 2 or more, or io_profile auto"
            )
            raise SpecError("portworx", [Problem("io_profile", message)])
        return self


Driver = Annotated[str, Form(r"[a-z0-9]([-./a-z0-9]*[a-z0-9])?", "the name of a driver; write such as ebs.csi.aws.com")]
"""A driver of storage, as StorageClasses name it."""


class StorageTier(Part):
    """One tier: a StorageClass that is there already, or what to change in the one that the profile makes."""

    storage_class: ObjectName | None = None
    """Existing StorageClass; it is used as it is and not made."""
    provisioner: Driver | None = None
    """Driver of a StorageClass to be made where the profile has none of its own (`on_premises`)."""
    parameters: dict[Line, Line] = {}
    """Parameters of the driver; they go over the profile's own, name by name."""
    portworx: PortworxVolume | None = None
    """Volumes of Portworx, of a StorageClass that is made for them; on any kind of Kubernetes cluster."""
    reclaim: Literal["Retain", "Delete"] = "Retain"
    """What happens to a volume when its claim goes. `Delete` has to be said: a claim deleted by mistake then takes the
    data along."""
    expandable: bool = True
    """Whether volumes can grow. Without, a full volume means a new database."""
    encrypted: bool = True
    """Whether volumes are encrypted by the storage. Only false may be said of a driver whose parameters are yours."""


class CloudProfile(Part):
    """The kind of Kubernetes cluster, and what of it databases use."""

    kubernetes: Kubernetes
    """`eks`, `gke`, `aks` or `on_premises`."""
    tiers: dict[Tier, StorageTier] = {}
    """Storage by tier; default on a cloud: all three of the cloud's own; `on_premises`: none."""
    encryption_key: LateText | None = None
    """Key of one's own that encrypts volumes: ARN of a KMS key (eks), name of a Cloud KMS key (gke), identifier of a
    disk encryption set (aks). Default: the cloud's own key."""
    zones: tuple[Line, ...] = ()
    """Zones that databases may run in, such as `eu-west-1a`; default: all."""

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: Any) -> Any:
        """`tiers: {high: fast-ssd}` for `tiers: {high: {storage_class: fast-ssd}}`."""
        if not isinstance(given, dict):
            return given
        values = cast("dict[str, Any]", given)
        tiers = values.get("tiers")
        if not isinstance(tiers, dict):
            return values
        long = {
            tier: {"storage_class": one} if isinstance(one, str) else one
            for tier, one in cast("dict[str, Any]", tiers).items()
        }
        return {**values, "tiers": long}

    @model_validator(mode="after")
    def _complete(self) -> CloudProfile:
        from dbaas_components.bootstrap.cloud_profiles.problems import profile_problems

        problems = list(profile_problems(self))
        if problems:
            raise SpecError("cloud profile", problems)
        return self
