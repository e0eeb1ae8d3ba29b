"""The text of a graph is the same on every run, whatever Python's hash seed and the timing of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s
import pytest
import yaml
from pulumi import ResourceOptions

from dbaas_components.evaluate import UNKNOWN, evaluate, snapshot

SCRIPT = """
import asyncio, random, time
import pulumi, pulumi_kubernetes as k8s
from pulumi import ResourceOptions
from dbaas_components.evaluate import evaluate

class Part(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Part", name)
        self.maps = [
            k8s.core.v1.ConfigMap(
                f"{name}-{i}",
                data={key: "v" for key in {"a", "b", "c", "d"}},
                opts=ResourceOptions(parent=self),
            )
            for i in range(3)
        ]
        self.register_outputs({"names": [m.metadata.name for m in self.maps]})

async def late(value):
    return await asyncio.to_thread(lambda: (time.sleep(random.random() / 50), value)[1])

def program():
    parts = [Part(f"p{i}") for i in range(4)]
    for i, part in enumerate(parts):
        k8s.core.v1.ConfigMap(
            f"after{i}",
            data={"x": pulumi.Output.from_input(late(str(i)))},
            opts=ResourceOptions(depends_on=parts, aliases=[pulumi.Alias(name="old")], providers=None),
        )
    pulumi.export("parts", {part: [m.id for m in p.maps] for part, p in zip("abcd", parts)})

print(evaluate(program).text())
"""


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [("0", "4711")])
def test_the_snapshot_does_not_depend_on_the_hash_seed_or_on_timing(seeds):
    texts = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in seeds
    }
    assert len(texts) == 1
    assert texts.pop().count("urn: ") == 4 + 4 * 3 + 4


def program() -> None:
    namespace = k8s.core.v1.Namespace("shop", metadata={"name": "shop"}, opts=ResourceOptions(protect=True))
    k8s.core.v1.ConfigMap(
        "settings",
        metadata={"name": "settings", "namespace": namespace.metadata.name},
        data={"script": "line one\nline two\n", "port": "5432"},
    )
    k8s.core.v1.Secret("keys", metadata={"name": "keys"}, string_data={"password": "hunter2"})
    pulumi.export("namespace", namespace.metadata.name)


EXPECTED = """\
project: project
stack: dev
resources:
- urn: urn:pulumi:dev::project::kubernetes:core/v1:ConfigMap::settings
  inputs:
    apiVersion: v1
    data:
      port: '5432'
      script: |
        line one
        line two
    kind: ConfigMap
    metadata:
      name: settings
      namespace: shop
  dependencies:
  - urn:pulumi:dev::project::kubernetes:core/v1:Namespace::shop
- urn: urn:pulumi:dev::project::kubernetes:core/v1:Namespace::shop
  inputs:
    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
  options:
    protect: true
- urn: urn:pulumi:dev::project::kubernetes:core/v1:Secret::keys
  inputs:
    apiVersion: v1
    kind: Secret
    metadata:
      name: keys
    stringData: '[secret]'
  options:
    additional_secret_outputs:
    - data
    - stringData
exports:
  namespace: shop
"""


def test_the_snapshot_is_yaml_one_would_review():
    graph = evaluate(program)
    assert snapshot(graph) == graph.text() == EXPECTED
    assert yaml.safe_load(graph.text())["exports"] == {"namespace": "shop"}


def test_the_version_of_the_provider_is_shown_only_when_asked_for():
    graph = evaluate(program)
    assert "version:" not in graph.text()
    assert f"version: {graph.one('Namespace').version}" in graph.text(versions=True)


def test_an_unknown_value_is_shown_as_unknown():
    graph = evaluate(lambda: pulumi.export("id", k8s.core.v1.ConfigMap("c").id), dry_run=True)
    assert graph.exports == {"id": UNKNOWN}
    assert "id: '[unknown]'" in graph.text()
