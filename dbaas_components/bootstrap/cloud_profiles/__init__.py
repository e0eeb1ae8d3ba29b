"""What differs from one kind of Kubernetes cluster to another: storage, identities, load balancers, zones."""

from dbaas_components.bootstrap.cloud_profiles.defaults import database_defaults
from dbaas_components.bootstrap.cloud_profiles.identities import identity_annotations, identity_pod_labels
from dbaas_components.bootstrap.cloud_profiles.load_balancers import load_balancer_annotations
from dbaas_components.bootstrap.cloud_profiles.spec import CloudProfile, PortworxVolume, StorageTier
from dbaas_components.bootstrap.cloud_profiles.storage import storage_classes, tier_names

__all__ = [
    "CloudProfile",
    "PortworxVolume",
    "StorageTier",
    "database_defaults",
    "identity_annotations",
    "identity_pod_labels",
    "load_balancer_annotations",
    "storage_classes",
    "tier_names",
]
