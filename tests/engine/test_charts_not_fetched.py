"""The real engine calls the hook of a chart that cannot be fetched.

The stand-in provider installs no charts. So an object stands for the release whose refusal by the API server, which
repeats the object's name, holds Helm's words.
"""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_kubernetes
import pytest

from dbaas_components.bootstrap.buckets.taken import bound, taken_hook
from dbaas_components.bootstrap.charts.fetching import fetch_hook
from dbaas_components.bootstrap.charts.sources import ChartPlace
from dbaas_components.kubernetes_objects import KubernetesObject
from embedded.control_plane import Running
from tests.engine.provider_stack import ProviderStack

pytestmark = pytest.mark.engine

PLACE = ChartPlace("pmm", "1.3.0", "https://charts.example.com")


def test_it_is_told_in_one_sentence_and_the_next_up_goes_on(
    tmp_path: Path, engine: Path, control_plane: Running
) -> None:
    def program(name: str) -> None:
        provider = pulumi_kubernetes.Provider("cluster", kubeconfig=str(control_plane.kubeconfig))
        hook = fetch_hook("pmm", "pmm", PLACE)
        assert hook is not None
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
        # Known only while the program runs, so that it is refused when it is made and not before.
        late = {**manifest, "data": {"of": provider.urn}}
        options = pulumi.ResourceOptions(provider=provider, hooks=pulumi.ResourceHookBinding(on_error=[hook]))
        KubernetesObject("pmm", late, options)

    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig)
    _, output = stack.failure("up", lambda: program("failed to download pmm"))
    said = " ".join(output.split())
    assert "chart pmm 1.3.0 cannot be fetched from https://charts.example.com (chart pmm); see that" in said
    assert "the next `up` goes on from here" in said
    told, _ = stack.up(lambda: program(f"chart-{tmp_path.name.replace('_', '-')[:20].strip('-')}"))
    assert told.steps["pmm"] == "create"
    stack.destroy()


def test_a_bucket_whose_name_is_taken_is_told_in_one_sentence_and_the_next_up_goes_on(
    tmp_path: Path, engine: Path, control_plane: Running
) -> None:
    """No cloud is here: the refusal of an object that repeats S3's word stands for that of the bucket."""

    def program(name: str = "BucketAlreadyExists") -> None:
        provider = pulumi_kubernetes.Provider("cluster", kubeconfig=str(control_plane.kubeconfig))
        hook = taken_hook("aws:s3/bucket:Bucket", "backups-bucket", "acme-backups")
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
        options = pulumi.ResourceOptions(provider=provider, hooks=bound(hook)["hooks"])
        KubernetesObject("backups-bucket", {**manifest, "data": {"of": provider.urn}}, options)

    stack = ProviderStack(tmp_path, engine, control_plane.kubeconfig)
    _, output = stack.failure("up", program)
    assert "the name acme-backups belongs to somebody else's bucket" in " ".join(output.split())
    told, _ = stack.up(lambda: program(f"bucket-{tmp_path.name.replace('_', '-')[:20].strip('-')}"))
    assert told.steps["backups-bucket"] == "create"
    stack.destroy()
