"""What a Service says to its cloud's load balancer."""

from __future__ import annotations

from typing import Literal

from dbaas_components.bootstrap.cloud_profiles.spec import CloudProfile


def load_balancer_annotations(profile: CloudProfile, scheme: Literal["internal", "public"]) -> dict[str, str]:
    """Annotations of a Service of type LoadBalancer: reached from the cloud's own network, or from the internet.

    On EKS for the AWS Load Balancer Controller, straight to the pods and from every zone to every zone: a database's
    writer is one pod, and a balancer that keeps to its own zone would not reach it from the others. `on_premises`
    load balancers have no common words; there are none.
    """
    match profile.kubernetes:
        case "eks":
            prefix = "service.beta.kubernetes.io/aws-load-balancer"
            return {
                f"{prefix}-type": "external",
                f"{prefix}-nlb-target-type": "ip",
                f"{prefix}-scheme": "internal" if scheme == "internal" else "internet-facing",
                f"{prefix}-attributes": "load_balancing.cross_zone.enabled=true",
            }
        case "gke":
            return {"networking.gke.io/load-balancer-type": "Internal"} if scheme == "internal" else {}
        case "aks":
            internal = "service.beta.kubernetes.io/azure-load-balancer-internal"
            return {internal: "true"} if scheme == "internal" else {}
        case "on_premises":
            return {}
