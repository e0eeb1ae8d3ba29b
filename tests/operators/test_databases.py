"""Real operators take our custom resources and make of them what we say that they make.

The controllers are those of the official operators and of cert-manager, built from their modules. There is no node
here: Pods are objects that nobody runs, volume claims stay pending, and a StatefulSet gets no second Pod because its
first is never ready. So a database stays `initializing`, and what an operator does only when a database answers
(users, backups, a shard's initiation) is not seen here. Nothing pretends to be a kubelet.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from dbaas_components.databases.composition import compose, connections
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import SpecError
from embedded.operators import RunningOperator
from tests.api.objects import ApiServer, Refused
from tests.operators.case import NAME, Case
from tests.operators.cases import CASES
from tests.operators.healing import heals
from tests.operators.made import Made, made_in

pytestmark = [pytest.mark.operators, pytest.mark.api]

# Seconds. An operator takes one database after the other and waits 5 to 10 s for the certificates of each.
_PATIENCE = 180.0
# Seconds. An error of its own making is gone with the next look of the operator, some 5 s later.
_HEALING = 30.0


@dataclass(frozen=True)
class Taken:
    """A database that an operator works on."""

    case: Case
    spec: DatabaseSpec
    path: str
    """Its custom resource in the API."""


@pytest.fixture(scope="module")
def api(new_api_server: tuple[ApiServer, Path]) -> ApiServer:
    return new_api_server[0]


@pytest.fixture(scope="module")
def databases(api: ApiServer, operators: Mapping[str, RunningOperator]) -> dict[str, Taken | Exception]:
    """All databases of the table, each in a namespace of its own, given to their operators at once.

    For one that is refused, the reason: its own tests fail with it, and no others.
    """
    taken: dict[str, Taken | Exception] = {}
    for name, case in CASES.items():
        engine = ENGINES[case.engine]
        path = f"/apis/{engine.api_version}/namespaces/{name}/{engine.plural}/{NAME}"
        api.new_namespace(name)
        try:
            spec = parse_database(NAME, {"engine": case.engine, "namespace": name, **case.arguments})
            api.apply(path, compose(spec).database)
        except (SpecError, Refused) as error:
            taken[name] = error
        else:
            taken[name] = Taken(case, spec, path)
    return taken


@pytest.fixture(params=list(CASES))
def taken(
    request: pytest.FixtureRequest,
    api: ApiServer,
    databases: Mapping[str, Taken | Exception],
    operators: Mapping[str, RunningOperator],
) -> Taken:
    """One of the databases, when its operator has made all that is expected; fails when it keeps saying `error`."""
    database = databases[request.param]
    if isinstance(database, Exception):
        raise database
    now = time.monotonic()
    deadline, healed_by = now + _PATIENCE, now + _HEALING
    while True:
        for operator in operators.values():
            operator.check()
        missing = database.case.made.names() - made_in(api, request.param).names()
        found = api.call("GET", database.path)
        status = found.get("status", {})
        # Its status is the last that it writes.
        behind = status.get("observedGeneration") != found["metadata"]["generation"]
        if not missing and not behind and status.get("state") == "initializing":
            return database
        now = time.monotonic()
        if status.get("state") != "error":
            healed_by = now + _HEALING
        if now > min(deadline, healed_by):
            pytest.fail(
                f"{request.param} lacks {sorted(missing) or 'nothing'}; its status is {json.dumps(status, indent=1)}"
            )
        time.sleep(0.5)


@pytest.fixture
def made(taken: Taken, api: ApiServer) -> Made:
    return made_in(api, taken.spec.namespace)


def test_the_operator_makes_these_objects_and_no_others(taken: Taken, made: Made) -> None:
    expected = asdict(taken.case.made)
    for kind, found in asdict(made).items():
        assert found == expected[kind], kind


def test_the_operator_takes_the_database_without_an_error(
    taken: Taken, made: Made, api: ApiServer, operators: Mapping[str, RunningOperator]
) -> None:
    found = api.call("GET", taken.path)
    status = found["status"]
    assert status["state"] == "initializing", status
    assert status["observedGeneration"] == found["metadata"]["generation"]
    errors = [condition["message"] for condition in status["conditions"] if condition["type"] == "error"]
    assert [message for message in errors if not heals(message)] == []
    events = api.call("GET", f"/api/v1/namespaces/{taken.spec.namespace}/events")["items"]
    warnings = [event["message"] for event in events if event["type"] != "Normal"]
    # An event stays when its cause is gone, cert-manager's own about a request that it has just made, too.
    assert [message for message in warnings if not heals(message)] == []
    assert _errors(operators[taken.case.engine].log, taken.spec.namespace) == []


def test_every_endpoint_is_a_port_of_a_service_that_the_operator_made(taken: Taken, made: Made) -> None:
    endpoints = ENGINES[taken.case.engine].endpoints(taken.spec)
    assert {"write", "read"} <= endpoints.keys()
    for purpose, endpoint in endpoints.items():
        assert endpoint.port in made.services[endpoint.service].values(), purpose


def test_the_operator_says_the_host_of_the_write_endpoint(taken: Taken, made: Made, api: ApiServer) -> None:
    said = api.call("GET", taken.path)["status"]["host"]
    # mongos is said with its port, and a replica set whose pods are exposed as the list of those.
    hosts = [host.partition(":")[0] for host in said.split(",")]
    write = connections(taken.spec).hosts["write"]
    assert all(host == write or host.endswith(f".{write}") for host in hosts), said


def test_the_users_secret_has_the_keys_that_we_name(taken: Taken, made: Made) -> None:
    engine = ENGINES[taken.case.engine]
    secret, key = engine.credentials(taken.spec)
    assert key in made.secrets[secret]
    complete = engine.system_users(taken.spec)
    assert frozenset(complete.keys) == made.secrets[complete.secret]


def test_clients_can_verify_the_server_by_its_endpoints_with_the_authority_that_we_name(
    taken: Taken, made: Made, api: ApiServer
) -> None:
    engine, namespace = ENGINES[taken.case.engine], taken.spec.namespace
    secret, key = engine.ca(taken.spec)
    authority = _certificate(api, namespace, secret, key)
    certificate = _certificate(api, namespace, taken.case.presented, "tls.crt")
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = {purpose: address.rpartition(":")[0] for purpose, address in connections(taken.spec).endpoints.items()}
    borne = names.get_values_for_type(x509.DNSName)
    assert {purpose: host for purpose, host in hosts.items() if host not in borne} == {}


def test_network_policies_name_the_pods_and_the_ports_of_the_endpoints(
    taken: Taken, made: Made, api: ApiServer
) -> None:
    engine = ENGINES[taken.case.engine]
    selected = ",".join(f"{key}={value.format(name=NAME)}" for key, value in engine.network.pods.items())
    pods = api.call("GET", f"/api/v1/namespaces/{taken.spec.namespace}/pods", labelSelector=selected)["items"]
    assert {pod["metadata"]["name"] for pod in pods} == {f"{workload}-0" for workload in made.workloads}
    ports = {endpoint.port for endpoint in engine.endpoints(taken.spec).values()}
    assert ports <= {*engine.network.client_ports}


def _errors(log: Path, namespace: str) -> list[str]:
    """What an operator logged as an error about a namespace."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert any(line.get("namespace") == namespace for line in lines), "the log says nothing of this database"
    errors = [line for line in lines if line["level"] == "error" and line.get("namespace") == namespace]
    return [f"{line['msg']}: {line['error']}" for line in errors if not heals(line["error"])]


def _certificate(api: ApiServer, namespace: str, secret: str, key: str) -> x509.Certificate:
    data: dict[str, Any] = api.call("GET", f"/api/v1/namespaces/{namespace}/secrets/{secret}")["data"]
    return x509.load_pem_x509_certificate(base64.b64decode(data[key]))
