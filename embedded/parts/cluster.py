"""The Kubernetes cluster of each region: the one the stack names, else an embedded control plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import kubernetes
import urllib3
import yaml

from embedded.control_plane import ControlPlane, choose_assets
from embedded.parts.choice import Choice, PartError
from embedded.progress import Report
from stacks.settings import RegionSettings

_PART = "cluster"
_ANSWER_WITHIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Cluster:
    """A region's Kubernetes cluster and how to reach it."""

    region: str
    choice: Choice
    kubeconfig: Path | None
    """None: the ambient one."""
    context: str | None
    embedded: bool


def is_embedded(region: RegionSettings) -> bool:
    """Whether the region runs on an embedded control plane: the stack names no context and no kubeconfig for it."""
    return region.context is None and region.kubeconfig is None


def control_plane(local_folder: Path, region: RegionSettings) -> ControlPlane:
    """The region's embedded control plane, whether it runs or not."""
    return ControlPlane(region.name, local_folder / "control-planes" / region.name)


def control_planes(local_folder: Path) -> list[ControlPlane]:
    """Every embedded control plane of the stack, those of regions that its settings no longer name included."""
    folders = sorted(path for path in (local_folder / "control-planes").glob("*") if path.is_dir())
    return [ControlPlane(folder.name, folder) for folder in folders]


def find_cluster(local_folder: Path, region: RegionSettings) -> Choice:
    """The cluster that would be used now; starts nothing."""
    if not is_embedded(region):
        return _named_cluster(region).choice
    assets = choose_assets()
    running = control_plane(local_folder, region).status()
    state = f"runs, process {running.pid}" if running else "not running"
    return Choice(
        f"{_PART} {region.name}",
        "embedded control plane",
        assets.version,
        f"{assets.origin}, {state}",
        running is not None,
        running.kubeconfig if running else None,
        remedy=None if running else assets.remedy or "make up",
        notes=assets.notes,
    )


def start_clusters(local_folder: Path, regions: Sequence[RegionSettings], report: Report) -> list[Cluster]:
    """The embedded clusters of the regions that name none, started if need be."""
    clusters: list[Cluster] = []
    for region in regions:
        if is_embedded(region):
            running = control_plane(local_folder, region).start(report)
            choice = Choice(
                f"{_PART} {region.name}",
                "embedded control plane",
                running.kubernetes_version,
                choose_assets().origin,
                True,
                running.kubeconfig,
            )
            clusters.append(Cluster(region.name, choice, running.kubeconfig, None, embedded=True))
    return clusters


def named_clusters(regions: Sequence[RegionSettings]) -> list[Cluster]:
    """The clusters that the stack names. Raises `PartError` that names each one that cannot be reached."""
    clusters = [_named_cluster(region) for region in regions if not is_embedded(region)]
    if unreachable := [cluster for cluster in clusters if not cluster.choice.ready]:
        raise PartError("\n".join(f"{cluster.choice.what}: {cluster.choice.remedy}" for cluster in unreachable))
    return clusters


def _named_cluster(region: RegionSettings) -> Cluster:
    what = f'context "{region.context}"' if region.context else f"kubeconfig {region.kubeconfig}"
    part = f"{_PART} {region.name}"
    kubeconfig = Path(region.kubeconfig).expanduser() if region.kubeconfig else None

    def cluster(version: str, ready: bool, remedy: str | None = None) -> Cluster:
        choice = Choice(part, what, version, "named in the stack", ready, kubeconfig, remedy)
        return Cluster(region.name, choice, kubeconfig, region.context, embedded=False)

    try:
        client = kubernetes.config.new_client_from_config(
            config_file=str(kubeconfig) if kubeconfig else None, context=region.context
        )
        # Five retries with back-off are the client's default: a wrong address would take minutes to be told.
        client.rest_client.pool_manager.connection_pool_kw["retries"] = False
        version = kubernetes.client.VersionApi(client).get_code(_request_timeout=_ANSWER_WITHIN_SECONDS)
    except kubernetes.config.ConfigException as error:
        known = _known_contexts(kubeconfig)
        return cluster("-", False, f"{error}; name one of the kubeconfig's contexts ({known}) in the stack")
    except (OSError, ValueError, yaml.YAMLError) as error:
        return cluster("-", False, f"cannot be read ({error}); write the path of a kubeconfig")
    except (urllib3.exceptions.HTTPError, kubernetes.client.ApiException) as error:
        reason = getattr(error, "reason", None) or error
        return cluster("-", False, f"does not answer ({reason}); check `kubectl {_flags(region)} version`")
    return cluster(str(version.git_version), True)


def _known_contexts(kubeconfig: Path | None) -> str:
    try:
        contexts, _ = kubernetes.config.list_kube_config_contexts(str(kubeconfig) if kubeconfig else None)
    except (kubernetes.config.ConfigException, OSError, ValueError, yaml.YAMLError):
        return "there is no kubeconfig"
    names = [str(cast("dict[str, Any]", context)["name"]) for context in contexts]
    return ", ".join(names) or "it has none"


def _flags(region: RegionSettings) -> str:
    flags = [f"--context {region.context}"] if region.context else []
    return " ".join([*flags, *([f"--kubeconfig {region.kubeconfig}"] if region.kubeconfig else [])])
