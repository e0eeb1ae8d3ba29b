"""The runbooks' `kubectl exec` lines: the words are well formed, and pods and containers are the operators'.

Containers of pxc are compared with what the official operator made; those of ps and pg (`mysql`, `database`) are stated
here, as no table of these operators' pods is at hand. The statements are run nowhere: no database answers.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dbaas_components.databases.engines import ENGINES
from dbaas_components.dr.topology.parsing import parse_topology
from tests.operators.cases import CASES
from tests.unit.dr_verbs.documents import EXAMPLE
from tests.unit.topology.examples import example

FOLDER = Path(__file__).parents[3] / "docs" / "runbooks" / "dr"
LINES = [
    pytest.param(page.stem.partition("-")[0], line, id=f"{page.stem}-{number}")
    for page in sorted(FOLDER.glob("*.md"))
    for number, line in enumerate(re.findall(r"`(kubectl [^`\n]* exec [^`\n]*)`", page.read_text()))
]


def containers(engine: str) -> dict[str, set[str]]:
    """By StatefulSet the containers that the operator gave its pods, of a database named `orders`."""
    made = [case.made.workloads for case in CASES.values() if case.engine == engine]
    return {name: set(workload.images) for workloads in made for name, workload in workloads.items()}


def test_there_are_such_lines():
    assert {one.values[0] for one in LINES} >= {"pg", "pxc", "ps"}


@pytest.mark.parametrize(("engine", "line"), LINES)
def test_the_pod_and_its_container_are_the_operators(engine, line):
    inner = re.search(r"\$\(([^)]*)\)", line)
    words = shlex.split(line.replace(inner[0], "POD") if inner else line)
    before, command = words[: words.index("--")], words[words.index("--") + 1 :]
    options = {one: before[index + 1] for index, one in enumerate(before[:-1]) if one in ("--context", "-n", "-c")}
    region, pod = options["--context"], before[before.index("exec") + 2]
    design = parse_topology("orders", example(EXAMPLE[engine]))
    spec = design.sites[region].spec
    assert (options["-n"], before[before.index("exec") + 1]) == (spec.namespace, "-it")
    if inner:
        selector = shlex.split(inner[1])[-1]
        labels = dict(one.split("=") for one in selector.split(","))
        (own,) = ENGINES[engine].network.pods
        assert labels.pop(own) == spec.name
        assert labels == {"postgres-operator.crunchydata.com/role": "primary"}
        known = set.union(*containers(engine).values()) if containers(engine) else {"database"}
    else:
        workload, _, number = pod.rpartition("-")
        assert int(number) < spec.replicas
        assert workload == ENGINES[engine].endpoints(spec)["internal"].service
        known = containers(engine).get(workload.replace(spec.name, "orders"), {"mysql"} if engine == "ps" else set())
    assert options["-c"] in known
    assert command[0] in ("mysql", "psql")
