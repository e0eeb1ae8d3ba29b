"""The agent's objects: least rights, one at a time, and a program that runs with nothing else of the library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from dbaas_components.dr.agent.component import FailoverAgentSpec, agent_plan, agent_problems
from dbaas_components.dr.agent.manifests import path_of, sources, witness_objects
from dbaas_components.dr.failover.document import parse_document
from tests.unit.dr_verbs.documents import OWNERSHIP, document


def planned(**changes: Any):
    given = FailoverAgentSpec.model_validate(
        {
            "topology": document(),
            "region": "eu",
            "image": "registry.example.com/agent:1",
            "ownership": OWNERSHIP,
            "witness_secret": "witness",
            **changes,
        }
    )
    return given, parse_document(given.topology)


def test_the_program_of_the_config_map_runs_without_the_rest_of_the_library(tmp_path):
    for key, text in sources().items():
        file = tmp_path / path_of(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    # Only the pod's own folder and the installed packages: this checkout is on no path.
    code = (
        "import sys; sys.path[:] = [one for one in sys.path if 'dbaas' not in one or 'site-packages' in one];"
        f"sys.path.insert(0, {str(tmp_path)!r});"
        "import pulumi, dbaas_components.dr.agent.__main__ as main, dbaas_components.dr.lease.kubernetes_lease, "
        "dbaas_components.dr.lease.s3_object, dbaas_components.dr.lease.gcs_object, dbaas_components.quantities;"
        "print(pulumi.__file__, main.__file__);"
        "print([one.__file__ for name, one in sys.modules.items() if name.startswith('dbaas_components')])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path += {_packages()!r}; {code}"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    first, modules = ended.stdout.splitlines()
    assert first.split() == [str(tmp_path / "pulumi.py"), str(tmp_path / "dbaas_components/dr/agent/__main__.py")]
    assert all(str(tmp_path) in one for one in modules.strip("[]").split(", "))


def _packages() -> list[str]:
    return [one for one in sys.path if one.endswith("site-packages")]


def test_it_fits_into_a_config_map():
    assert sum(len(text.encode()) for text in sources().values()) < 700_000


def test_an_agent_may_change_its_own_database_and_no_other_object_by_any_name_but_its_own():
    given, parsed = planned()
    _, role, *_ = agent_plan("agent", given, parsed).objects()
    named = [rule for rule in role["rules"] if "resourceNames" in rule]
    assert [(rule["resources"], rule["resourceNames"], rule["verbs"]) for rule in named] == [
        (["perconapgclusters"], ["orders"], ["get", "patch"]),
        (["configmaps"], ["dbaas-dr-orders-eu", "dbaas-dr-orders-eu-report"], ["get", "update", "patch"]),
        (["networkpolicies"], ["dbaas-dr-orders-eu-fenced"], ["get", "create", "patch", "delete"]),
        (["secrets"], ["dbaas-dr-orders-eu-revoked"], ["create", "patch"]),
    ]
    # No name can bound a creation by POST.
    assert [rule["verbs"] for rule in role["rules"] if "resourceNames" not in rule] == [["create"]]


def test_where_clients_follow_a_service_the_agent_may_change_that_one_alone():
    given, parsed = planned(topology=document(traffic={"eu": {"kind": "service", "name": "orders-primary-site"}}))
    _, role, *_ = agent_plan("agent", given, parsed).objects()
    (rule,) = [rule for rule in role["rules"] if rule["resources"] == ["services"]]
    assert (rule["resourceNames"], rule["verbs"]) == (["orders-primary-site"], ["get", "patch"])


def test_never_two_agents_of_one_region_and_no_restart_by_an_update():
    given, parsed = planned()
    *_, pod = agent_plan("agent", given, parsed).objects()
    assert (pod["kind"], pod["spec"]["replicas"], pod["spec"]["updateStrategy"]) == (
        "StatefulSet",
        1,
        {"type": "OnDelete"},
    )


def test_the_configuration_is_what_the_program_reads_wherever_it_was_registered_from():
    from dbaas_components.dr.agent.__main__ import AgentConfiguration

    given, parsed = planned()
    told = AgentConfiguration.model_validate(json.loads(json.dumps(agent_plan("agent", given, parsed).configuration())))
    others = {"clusters", "witness"}
    assert told.document.model_dump(exclude=others) == parsed.model_dump(exclude=others)
    elsewhere, moved = planned(
        topology=document(
            clusters={"eu": {"kubeconfig": "/home/a/eu"}, "us": {"kubeconfig": "/home/a/us"}},
            witness={"kubeconfig": "/home/a/third"},
        )
    )
    assert agent_plan("agent", elsewhere, moved).configuration() == agent_plan("agent", given, parsed).configuration()
    assert str(told.witness_kubeconfig) == "/etc/dbaas-dr/witness/kubeconfig"


def test_a_region_s_account_in_the_witness_writes_the_lease_and_its_own_vote_alone():
    _, role, _, secret = witness_objects(parse_document(document()), "eu", {})
    writing = {
        (rule["resources"][0], name)
        for rule in role["rules"]
        for name in rule.get("resourceNames", ())
        if {"update", "patch"} & set(rule["verbs"])
    }
    assert writing == {("leases", "dbaas-dr-orders"), ("configmaps", "dbaas-dr-orders-vote-eu")}
    assert secret["type"] == "kubernetes.io/service-account-token"


def test_the_program_checks_its_configuration_and_says_what_is_wrong_with_it(tmp_path, capsys):
    from dbaas_components.dr.agent.__main__ import main

    given, parsed = planned()
    file = tmp_path / "agent.json"
    file.write_text(json.dumps(agent_plan("agent", given, parsed).configuration()))
    assert main(["--check", str(file)]) == 0
    assert "orders, region eu: the configuration is understood" in capsys.readouterr().out
    file.write_text(json.dumps({"region": "eu", "document": {}}))
    assert main(["--check", str(file)]) == 2
    assert "document.topology: is required" in capsys.readouterr().err
    assert main(["--check", str(tmp_path / "none.json")]) == 2
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"region": "asia"}, "region", '"asia" is no region of the topology; its regions are eu, us'),
        ({"witness_secret": None}, "witness_secret", "name the Secret with its kubeconfig"),
        ({"topology": document(automatic=True)}, "endpoints", "two vantage points have to see the primary"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence_each(changes, path, words):
    given, parsed = planned(**changes)
    (problem,) = agent_problems(given, parsed)
    assert problem.path == path
    assert words in problem.message
