"""Who can reach a database, and what its pods may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final

from dbaas_components.policy.databases import engine_of, exposures, is_critical, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest, resource
from dbaas_components.policy.iam import statements
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item, as_list, as_mapping, value_at
from dbaas_components.policy.pods import pod_spec
from dbaas_components.policy.rule import Rule, Severity, Violation

# What makes a load balancer an internal one: AWS Load Balancer Controller 2, GKE 1.17, AKS, each by its annotation.
_INTERNAL: Final = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
    "networking.gke.io/load-balancer-type": "Internal",
    "cloud.google.com/load-balancer-type": "Internal",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
}


def _services(item: Item) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Path, fields and annotations of everything that becomes a Service."""
    if item.type == "kubernetes:core/v1:Service":
        yield "spec", item.mapping("spec"), item.mapping("metadata.annotations")
    elif engine_of(item):
        for one in exposures(item):
            yield one.path, one.fields, as_mapping(one.fields.get("annotations"))


def _is_service(item: Item) -> bool:
    return item.type == "kubernetes:core/v1:Service" or is_guarded(item)


def _limited(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, fields, notes in _services(item):
        if fields.get("type") != "LoadBalancer":
            continue
        internal = any(str(notes.get(key)).lower() == value.lower() for key, value in _INTERNAL.items())
        ranges = as_list(fields.get("loadBalancerSourceRanges"))
        if not ranges and not internal:
            yield Violation(path, "is a load balancer on the internet that takes connections from everywhere")
        for number, given in enumerate(ranges):
            if isinstance(given, str) and _everywhere(given):
                yield Violation(f"{path}.loadBalancerSourceRanges[{number}]", f"{given} is everywhere")


def _everywhere(given: str) -> bool:
    try:
        return ip_network(given, strict=False).prefixlen == 0
    except ValueError:
        return False  # Kubernetes refuses it; no one gets in by it.


def _no_node_port(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, fields, _annotations in _services(item):
        if fields.get("type") == "NodePort":
            yield Violation(f"{path}.type", "is NodePort: a port of every node leads to the database")


def _isolated(item: Item, inventory: Inventory) -> Iterator[Violation]:
    namespace = item.at("metadata.namespace")
    for policy in inventory.of_kind("NetworkPolicy"):
        selector = policy.mapping("spec.podSelector")
        labels = as_mapping(selector.get("matchLabels"))
        if policy.at("metadata.namespace") == namespace and (not selector or item.object_name in labels.values()):
            return
    yield Violation("", f'no NetworkPolicy in the namespace "{namespace}" is about its pods')


def _plain_pods(item: Item, _: Inventory) -> Iterator[Violation]:
    path, spec = pod_spec(item)
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field) is True:
            yield Violation(f"{path}.{field}", "is true: the pod is not apart from its node")
    for kind in ("containers", "initContainers"):
        for number, container in enumerate(as_list(spec.get(kind))):
            if value_at(container, "securityContext.privileged") is True:
                yield Violation(f"{path}.{kind}[{number}].securityContext.privileged", "is true: it rules the node")
    for number, volume in enumerate(as_list(spec.get("volumes"))):
        if value_at(volume, "hostPath") is not None:
            yield Violation(f"{path}.volumes[{number}].hostPath", "is a folder of the node")


def _no_wildcards(item: Item, _: Inventory) -> Iterator[Violation]:
    for number, rule in enumerate(item.items("rules")):
        if "*" in as_list(value_at(rule, "verbs")) and "*" in as_list(value_at(rule, "resources")):
            yield Violation(f"rules[{number}]", "allows everything with everything")


def _no_superusers(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("spec.proxy.pgBouncer.exposeSuperusers") is True:
        yield Violation("spec.proxy.pgBouncer.exposeSuperusers", "is true: superusers may connect by the pooler")
    for number, user in enumerate(item.items("spec.users")):
        if "SUPERUSER" in str(value_at(user, "options")).upper().replace("NOSUPERUSER", ""):
            yield Violation(f"spec.users[{number}].options", "makes a superuser, who may read the server's files")
        # `root` is MongoDB's role for everything; `*.*` with ALL is MySQL's.
        if any(value_at(role, "name") in ("root", "__system") for role in as_list(value_at(user, "roles"))):
            yield Violation(f"spec.users[{number}].roles", "holds a role that may do everything")
        grants = [str(grant).upper().removesuffix(" PRIVILEGES") for grant in as_list(value_at(user, "grants"))]
        databases = as_list(value_at(user, "dbs"))
        if "ALL" in grants and (not databases or "*" in databases):
            yield Violation(f"spec.users[{number}].grants", "allows everything in every database")


def _wildcard_policy(item: Item, _: Inventory) -> Iterator[Violation]:
    for statement in statements(item.at("policy")):
        actions, resources = _listed(statement.get("Action")), _listed(statement.get("Resource"))
        if statement.get("Effect") != "Allow" or statement.get("Condition"):
            continue
        if any(action == "*" or action.endswith(":*") for action in actions) and "*" in resources:
            yield Violation("policy", f"allows {', '.join(actions)} on everything")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [one for one in as_list(value) if isinstance(one, str)]


def _has_pods(item: Item) -> bool:
    return bool(pod_spec(item)[1])


def _allowing(action: str, what: str) -> dict[str, Any]:
    return {"policy": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": what}]}}


_IAM_POLICY = "aws:iam/policy:Policy"
_SERVICE = ("v1", "Service")
_POD = ("v1", "Pod")
_ROLE = ("rbac.authorization.k8s.io/v1", "ClusterRole")
_CRITICAL = database("pg", profile="critical")

RULES: Final = (
    Rule(
        id="exposure/load-balancer-limited",
        severity=Severity.ERROR,
        reason="a database that the whole internet can reach is attacked within the hour",
        fix="name the networks in `source_ranges`, or ask for an internal load balancer by its annotation",
        applies=_is_service,
        check=_limited,
        examples=examples(
            manifest(*_SERVICE, {"spec": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8"]}}),
            database("pxc", {"haproxy": {"exposePrimary": {"type": "LoadBalancer"}}}),
        ),
    ),
    Rule(
        id="exposure/no-node-port",
        severity=Severity.ERROR,
        reason="source ranges do not hold for a port of the nodes, and node addresses come and go",
        fix="take ClusterIP, or a load balancer with source ranges",
        applies=_is_service,
        check=_no_node_port,
        examples=examples(
            database("pg", {"expose": {"type": "ClusterIP"}}), database("pg", {"expose": {"type": "NodePort"}})
        ),
    ),
    Rule(
        id="exposure/isolated",
        severity=Severity.WARNING,
        reason="without a network policy every pod of the cluster may try passwords",
        fix="leave `network` on (the default of profile `critical`)",
        applies=is_critical,
        check=_isolated,
        examples=examples(
            (
                _CRITICAL,
                manifest("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": {}}}),
            ),
            _CRITICAL,
        ),
        whole=True,
    ),
    Rule(
        id="access/plain-pods",
        severity=Severity.ERROR,
        reason="who breaks into such a pod has the node, and with it every database on it",
        fix="leave privileges of the node out",
        applies=_has_pods,
        check=_plain_pods,
        examples=examples(
            manifest(*_POD, {"spec": {"containers": [{"name": "main"}]}}),
            manifest(*_POD, {"spec": {"containers": [{"name": "main", "securityContext": {"privileged": True}}]}}),
        ),
    ),
    Rule(
        id="access/no-wildcard-role",
        severity=Severity.WARNING,
        reason="such a role reads every Secret of the cluster",
        fix="name the verbs and resources that are needed",
        applies=lambda item: item.kind in ("ClusterRole", "Role") and item.is_object,
        check=_no_wildcards,
        examples=examples(
            manifest(*_ROLE, {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}]}),
            manifest(*_ROLE, {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}),
        ),
    ),
    Rule(
        id="access/no-superusers",
        severity=Severity.WARNING,
        reason="an application's password is the one that leaks",
        fix="give the user the databases and roles that it needs",
        applies=is_guarded,
        check=_no_superusers,
        examples=examples(
            database("psmdb", {"users": [{"name": "app", "roles": [{"name": "readWrite", "db": "shop"}]}]}),
            database("psmdb", {"users": [{"name": "app", "roles": [{"name": "root", "db": "admin"}]}]}),
        ),
    ),
    Rule(
        id="access/no-wildcard-policy",
        severity=Severity.ERROR,
        reason="a backup role that may do everything is a way from one database into the whole account",
        fix="name the actions, and the resources that they are for",
        applies=lambda item: item.type in (_IAM_POLICY, "aws:iam/rolePolicy:RolePolicy"),
        check=_wildcard_policy,
        examples=examples(
            resource(_IAM_POLICY, _allowing("s3:GetObject", "arn:aws:s3:::backups/*")),
            resource(_IAM_POLICY, _allowing("s3:*", "*")),
        ),
    ),
)
