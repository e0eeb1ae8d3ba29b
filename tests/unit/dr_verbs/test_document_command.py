"""`dbaas dr document`: from the outputs of a topology to what the verbs and the agents read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dbaas_components.cli.app import build_app
from dbaas_components.dr.failover.document import read_document
from dbaas_components.dr.topology.handover import plain_outputs, topology_document
from dbaas_components.dr.topology.parsing import parse_topology
from tests.unit.topology.examples import example

CLUSTERS = {"eu": {"context": "a"}, "us": {"context": "b"}}
RIGHT = ("eu=a", "us=b")
TRAFFIC: dict[str, dict[str, Any] | None] = {
    "none": None,
    "service": {"service": {}},
    "external_dns": {"external_dns": {"name": "orders.example.com"}},
    "route53": {"route53": {"zone_id": "Z1", "name": "orders.example.com"}},
    "cloud_dns": {"cloud_dns": {"managed_zone": "zone", "name": "orders.example.com", "project": "shop"}},
}


def document(outputs: Path, *clusters: str, witness: str = "c") -> Result:
    given = [part for one in clusters for part in ("--cluster", one)]
    return CliRunner().invoke(
        build_app(), ["dr", "document", "orders", "--outputs", str(outputs), *given, "--witness", witness]
    )


@pytest.mark.parametrize("traffic", TRAFFIC.values(), ids=TRAFFIC)
def test_the_document_of_the_outputs_is_that_of_the_design_with_what_clients_follow(traffic, tmp_path):
    design = parse_topology("orders", example("pg-both", traffic=traffic))
    # As the engine keeps them: what is None is no output.
    told = {key: value for key, value in plain_outputs(design).items() if value is not None}
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({**told, "sites": {}}))
    made = document(outputs, *RIGHT)
    assert made.exit_code == 0, made.output
    assert json.loads(made.output) == topology_document(design, CLUSTERS, witness={"context": "c"})
    (tmp_path / "topology.json").write_text(made.output)
    read = read_document(tmp_path / "topology.json")
    followed = {one["object"] for one in read.roles["us"]["roles"]["us"]} >= {"traffic"}
    assert bool(read.traffic or read.record) is followed is (traffic is not None)


@pytest.mark.parametrize(
    ("text", "clusters", "words"),
    [
        ("[1]", RIGHT, "holds no mapping"),
        ("not JSON", RIGHT, "is no JSON file"),
        ("{}", ("eu=a", "eu=b", "us=c"), "--cluster names region eu twice"),
        ("{}", ("eu=a", "=b"), "--cluster takes REGION=CONTEXT"),
        ("{}", ("eu=a", "us"), "--cluster takes REGION=CONTEXT"),
    ],
)
def test_what_is_no_document_is_one_sentence(text, clusters, words, tmp_path):
    outputs = tmp_path / "outputs.json"
    outputs.write_text(text)
    told = document(outputs, *clusters)
    assert told.exit_code == 1
    assert words in " ".join(told.output.split())
    assert "Traceback" not in told.output
