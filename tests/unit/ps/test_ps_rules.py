"""What ps refuses at parse, with a sentence that says value, reason, choice and remedy."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError

S3 = {"type": "s3", "bucket": "backups", "credentials": "keys"}
SOURCE = {"storage": "main", "path": "shop/old/1", "backup": "full"}
DAILY = {"name": "daily", "cron": "0 1 * * *"}
ASYNC = {"mode": "async"}


def refusals(name: str = "orders", **args: Any) -> dict[str, str]:
    """The messages by path; empty if nothing is refused."""
    try:
        parse_database(name, {"engine": "ps", "namespace": "shop", **args})
    except SpecError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def backup(storage: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"storages": {"main": {**S3, **(storage or {})}}, **more}


def source(**more: Any) -> dict[str, Any]:
    return {"backup": backup(), "credentials": {"secret": "users"}, "data_source": {**SOURCE, **more}}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"replicas": 4}, "replicas", "replicas 4 is even; group replication needs an odd count of 3, 5 or 7"),
    ({"replicas": 9}, "replicas", "replicas 9 is too many; group replication needs an odd count of 3, 5 or 7"),
    (
        {"replicas": 1},
        "replicas",
        "replicas 1 is too few; group replication needs an odd count of 3, 5 or 7 (one replica, without failover, is "
        "for profile dev)",
    ),
    (
        {"replicas": 2, "replication": ASYNC},
        "replicas",
        "replicas 2 is too few; asynchronous replication needs 3 to 9",
    ),
    (
        {"replication": ASYNC, "proxy": {"type": "router"}},
        "proxy.type",
        '"router" knows group replication only; choose haproxy, or replication.mode group',
    ),
    (
        {"proxy": {"type": "none"}},
        "proxy.type",
        '"none": ps 1.2.0 needs a proxy, because group replication needs something that finds the primary; choose '
        "haproxy or router",
    ),
    (
        {"proxy": {"replicas": 0}},
        "proxy.replicas",
        "0 leaves no way in; write 2 or more, or 1 for profile dev",
    ),
    (
        {"proxy": {"type": "router", "pods": {"labels": {"a": "b"}}}},
        "proxy.pods.labels",
        "have no effect on router, whose pods take the labels of pods; write pods.labels, or choose haproxy",
    ),
    (
        {"proxy": {"type": "router", "pods": {"liveness": {"period_seconds": 5}}}},
        "proxy.pods.liveness",
        "has no effect on router, which is asked for readiness only; leave it out",
    ),
    (
        {"orchestrator": {"replicas": 3}},
        "orchestrator",
        "is for replication.mode async; a group elects its primary itself, so leave it out or disable it",
    ),
    (
        {"replication": ASYNC, "orchestrator": {"replicas": 4}},
        "orchestrator.replicas",
        "4 gives no majority that survives a loss; write 3, 5, 7 or 9",
    ),
    (
        {"replication": ASYNC, "orchestrator": {"replicas": 1}},
        "orchestrator.replicas",
        "1 gives no majority that survives a loss; write 3, 5, 7 or 9 (1 is for profile dev)",
    ),
    (
        {"replication": ASYNC, "orchestrator": {"pods": {"readiness": {"period_seconds": 5}}}},
        "orchestrator.pods.readiness",
        "ps 1.2.0 has no readiness probe of one's own for the Orchestrator, because its operator sets that probe; "
        "leave it out",
    ),
    (
        {"pods": {"resources": {"memory": "10Mi"}}},
        "pods.resources.memory",
        "10Mi is too little for a single connection, says the operator; write 512Mi or more",
    ),
    (
        {"pods": {"liveness": {"initial_delay_seconds": 0}}},
        "pods.liveness.initial_delay_seconds",
        "0 stands for the operator's own value here; write 1, or leave it out",
    ),
    (
        {"parameters": {"server-id": 7}},
        "parameters.server-id",
        "7 cannot be set here: the operator sets it for each pod; leave it out",
    ),
    (
        {"parameters": {"loose_SSL_CA": "/ca"}},
        "parameters.loose_SSL_CA",
        '"/ca" cannot be set here: the operator sets it from the certificate\'s Secret; use tls.secret or tls.issuer',
    ),
    (
        {"parameters": {"require_secure_transport": True}},
        "parameters.require_secure_transport",
        "true cannot be set here: the operator itself connects without TLS and would be refused; leave it out",
    ),
    (
        {"parameters": {"max connections": 5}},
        "parameters.max connections",
        '"max connections" is not a parameter\'s name; write such as max_connections',
    ),
    (
        {"parameters": {"init_connect": "SET x=1\nread_only=OFF"}},
        "parameters.init_connect",
        "holds a line break; write one line",
    ),
    (
        {"tls": {"issuer": {"name": "shop", "kind": "ClusterIssuer"}}},
        "tls.issuer.kind",
        '"ClusterIssuer": ps 1.2.0 has no ClusterIssuer',
    ),
    (
        {"tls": {"issuer": {"name": "shop", "kind": "Issuer", "group": "example.com"}}},
        "tls.issuer.group",
        '"example.com" has no Issuers that the operator looks for; write cert-manager.io, or leave it out',
    ),
    (
        {"observability": {"pmm": {"server": "pmm"}}},
        "observability.pmm",
        'needs key pmmservertoken in Secret "orders-secrets", and the operator makes none; name a Secret that has it '
        "as credentials.secret, or a store as credentials.store",
    ),
    (
        {"backup": {"storages": {"main": {"type": "s3", "bucket": "b"}}}},
        "backup.storages.main.credentials",
        "is required: the operator takes no cloud identity of its pods; name a Secret with AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY",
    ),
    (
        {"backup": backup({"storage_class": "STANDARD_IA"})},
        "backup.storages.main.storage_class",
        '"STANDARD_IA": ps 1.2.0 has no storage class of objects or volumes',
    ),
    (
        {"backup": backup(schedules=[{**DAILY, "name": "a" * 58}])},
        "backup.schedules[0].name",
        f'"{"a" * 58}" has 58 characters; the operator makes a label of it, behind a hash: shorten it to at most 57',
    ),
    (
        {"tls": {"secret": "ready", "names": ["orders.example.com"]}},
        "tls.names",
        'have no effect on the ready-made certificate in "ready"; put them in there',
    ),
    (
        {"tls": {"secret": "ready"}, "deletion": {"certificates": "delete"}},
        "deletion.certificates",
        '"delete" would take the ready-made certificate in "ready" too; write retain',
    ),
    (
        {"backup": backup({"bucket": "backups/mysql"})},
        "backup.storages.main.bucket",
        '"backups/mysql" holds a path; write the bucket alone, and the path as prefix',
    ),
    (
        {"backup": backup(schedules=[{**DAILY, "keep": 3}], delete_from_storage=False)},
        "backup.delete_from_storage",
        "false contradicts backup.schedules[0].keep: the operator deletes from the storage what retention drops; write "
        "true, or leave out keep, which then keeps all",
    ),
    (
        {"backup": backup(schedules=[DAILY, {**DAILY, "name": "often", "type": "incremental", "keep": 3}])},
        "backup.schedules[1].keep",
        "3 has no effect: an incremental goes with the full one it builds on; leave it out",
    ),
    (
        {"backup": backup({"type": "gcs"}, pitr={"enabled": True})},
        "backup.pitr.storage",
        '"main" is of type gcs, and binary logs are shipped to s3 only; name a storage of type s3, or write '
        "backup.pitr.enabled false",
    ),
    (
        {"backup": backup({"verify_tls": False}, pitr={"enabled": True})},
        "backup.pitr.storage",
        '"main" has verify_tls false, and the server that ships binary logs always verifies; name another storage, or '
        "write backup.pitr.enabled false",
    ),
    (
        {"backup": backup({"endpoint": "https://s3.example.com/minio"}, pitr={"enabled": True})},
        "backup.pitr.storage",
        '"main" has an endpoint with a path, which the server that ships binary logs leaves out; write the endpoint '
        "without it",
    ),
    (
        {"backup": backup({"path_style": True})},
        "backup.storages.main.path_style",
        "ps 1.2.0 has no choice of how the bucket is addressed",
    ),
    (
        {"backup": backup(service_account="backup")},
        "backup.service_account",
        '"backup": ps 1.2.0 has no ServiceAccount of the backup pods',
    ),
    (
        source(backup=None),
        "data_source.backup",
        "is required: the operator looks for none by itself; write its name below shop/old/1/backup",
    ),
    (
        source(at="latest"),
        "data_source.at",
        '"latest" is no target that the operator knows; write a time such as 2026-11-20T03:00:00Z, or a gtid',
    ),
    (
        source(gtid="1-36"),
        "data_source.gtid",
        '"1-36" is not a set of GTIDs; write such as a3e5ff70-83e2-11ef-8e57-7a62caf7e1e3:1-36',
    ),
    (
        source(path="shop/old/1/"),
        "data_source.path",
        '"shop/old/1/" has a slash too many; write it without one at its ends',
    ),
    (
        source(pitr_storage="main"),
        "data_source.pitr_storage",
        "is for a recovery beyond the backup; add at or gtid, or leave it out",
    ),
    (
        {**source(at="2026-11-20T03:00:00Z"), "backup": backup({"type": "azure"})},
        "data_source.storage",
        '"main" is of type azure, and binary logs are shipped to s3 only; name a storage of type s3, or write '
        "backup.pitr.enabled false",
    ),
    (
        {**source(), "credentials": {}},
        "credentials.secret",
        "is required for a database that starts from a backup: the backup brings the users of the other database "
        'along, so Secret "orders-secrets" must hold their passwords; name it, or a store',
    ),
    (
        {"deletion_protection": False, "deletion": {"backups": "delete"}},
        "deletion.backups",
        '"delete": ps 1.2.0 has no deletion of all backups with the database',
    ),
]


@pytest.mark.parametrize(
    ("args", "path", "message"), REFUSED, ids=[f"{path}-{i}" for i, (_, path, _) in enumerate(REFUSED)]
)
def test_what_the_operator_would_refuse_late_is_refused_at_parse(args, path, message):
    found = refusals(**args)
    assert path in found
    # Where the table of capabilities speaks, its own sentence follows.
    assert found[path] == message or found[path].startswith(f"{message}, because ")
    assert list(found) == [path]


def test_what_is_right_is_not_refused():
    assert refusals() == {}
    assert refusals(replication=ASYNC, replicas=4) == {}
    assert refusals(profile="dev", replication=ASYNC, orchestrator={"replicas": 1}) == {}
    assert refusals(replicas=7, proxy={"type": "router"}) == {}
    assert refusals(tls={"issuer": {"name": "shop", "kind": "Issuer"}}) == {}
    assert refusals(observability={"pmm": {"server": "pmm"}}, credentials={"secret": "orders-secrets"}) == {}
    assert refusals(parameters={"max_connections": 10, "plugin.setting": "a b"}) == {}
    assert (
        refusals(
            **source(gtid="a3e5ff70-83e2-11ef-8e57-7a62caf7e1e3:1-36:40,a3e5ff70-83e2-11ef-8e57-7a62caf7e1e4:tag:1")
        )
        == {}
    )
    assert refusals(backup=backup(schedules=[{**DAILY, "keep": 3}])) == {}
    assert refusals(backup=backup(schedules=[DAILY], delete_from_storage=False)) == {}


def test_a_long_set_of_gtids_is_judged_at_once():
    """A pattern that tries all ways to cut it would not come back."""
    wrong = "a3e5ff70-83e2-11ef-8e57-7a62caf7e1e3" + ":1-36" * 500 + "!"
    assert "data_source.gtid" in refusals(**source(gtid=wrong))


def test_a_name_that_makes_the_name_of_the_recovery_too_long_is_refused():
    args = {**source(at="2026-11-20T03:00:00Z"), "incarnation": 1_000_000}
    longest = "a" * 36
    assert refusals(longest, **args) == {}
    (message,) = refusals(f"{longest}a", **args).values()
    assert message.endswith("and Kubernetes allows 63; shorten the name to at most 36")
