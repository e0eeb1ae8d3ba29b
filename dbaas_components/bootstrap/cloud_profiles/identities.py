"""How a service account is given an identity in its cloud, so that no key has to be kept."""

from __future__ import annotations

import pulumi

from dbaas_components.bootstrap.cloud_profiles.spec import CloudProfile
from dbaas_components.errors import Problem, SpecError


def identity_annotations(profile: CloudProfile, identity: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    """Annotations of a ServiceAccount whose pods act as `identity`.

    `identity` is the ARN of a role (eks), the address of a Google service account (gke) or the client identifier of a
    managed identity (aks). Raises `SpecError` for `on_premises`, which has no such thing.
    """
    match profile.kubernetes:
        case "eks":
            return {"eks.amazonaws.com/role-arn": identity}
        case "gke":
            return {"iam.gke.io/gcp-service-account": identity}
        case "aks":
            return {"azure.workload.identity/client-id": identity}
        case "on_premises":
            message = "on_premises gives pods no identity; name a Secret with keys instead"
            raise SpecError("identity", [Problem("kubernetes", message)])


def identity_pod_labels(profile: CloudProfile) -> dict[str, str]:
    """Labels that the pods themselves need for it: the webhook of AKS looks at nothing else."""
    return {"azure.workload.identity/use": "true"} if profile.kubernetes == "aks" else {}
