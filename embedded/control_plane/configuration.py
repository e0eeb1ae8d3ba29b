"""What etcd, kube-apiserver and kube-controller-manager are told: one place, whichever program runs them.

Sources: the components' own flags, Kubernetes v1.35.4 and etcd v3.6.5.
"""

from __future__ import annotations

import base64
import json

import yaml

from embedded.control_plane.layout import Layout
from embedded.whole_file import write_whole

# Everything that works without nodes. Without namespace and garbage collection nothing would ever go away; without
# the workload controllers an operator's StatefulSets would never have Pods.
CONTROLLERS = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation-controller",
    "resourcequota-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
    "job-controller",
    "cronjob-controller",
    "ttl-after-finished-controller",
    "disruption-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-expander-controller",
    "persistentvolumeclaim-protection-controller",
    "persistentvolume-protection-controller",
)

SERVICE_RANGE = "10.96.0.0/16"
ISSUER = "https://kubernetes.default.svc.cluster.local"


def api_server_flags(layout: Layout) -> list[str]:
    """The API server's flags; `{port}` and `{etcd}` are filled in by the program that runs it."""
    pki = layout.pki
    return [
        "--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        # Loopback is not a legal endpoint address: the reconciler would fail every few seconds.
        "--endpoint-reconciler-type=none",
        "--etcd-servers={etcd}",
        f"--etcd-cafile={pki / 'etcd-ca.crt'}",
        f"--etcd-certfile={pki / 'etcd-client.pem'}",
        f"--etcd-keyfile={pki / 'etcd-client.pem'}",
        f"--tls-cert-file={pki / 'serving.pem'}",
        f"--tls-private-key-file={pki / 'serving.pem'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={pki / 'service-account.key'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--allow-privileged=true",
        "--profiling=false",
    ]


def controller_manager_flags(layout: Layout) -> list[str]:
    """The controller manager's flags; `{port}` is filled in by the program that runs it."""
    pki = layout.pki
    return [
        f"--kubeconfig={layout.run / 'controller-manager.kubeconfig'}",
        "--master=https://127.0.0.1:{port}",
        # It serves only metrics and its own health, which nobody asks for here.
        "--secure-port=0",
        "--leader-elect=false",
        # Each controller acts with the rights of its own role, as in a real cluster.
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={pki / 'service-account.key'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--controllers={','.join(CONTROLLERS)}",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    ]


def etcd_configuration(layout: Layout, *, client_port: int = 0, peer_port: int = 0) -> dict[str, object]:
    """etcd's configuration file: one member on loopback that answers only clients with a certificate of its authority.

    Port 0 takes any free one; only a program that can ask etcd afterwards may use it.
    """
    client, peer = f"https://127.0.0.1:{client_port}", f"https://127.0.0.1:{peer_port}"
    security = {
        "cert-file": str(layout.pki / "etcd-server.pem"),
        "key-file": str(layout.pki / "etcd-server.pem"),
        "trusted-ca-file": str(layout.pki / "etcd-ca.crt"),
        "client-cert-auth": True,
    }
    return {
        "name": "embedded",
        "data-dir": str(layout.etcd),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"embedded={peer}",
        "client-transport-security": security,
        "peer-transport-security": security,
        "enable-grpc-gateway": False,
        "log-level": "warn",
        "log-outputs": ["stderr"],
    }


def write_configuration(layout: Layout) -> None:
    """Writes what the program reads when it starts."""
    flags = {
        "kube-apiserver": api_server_flags(layout),
        "kube-controller-manager": controller_manager_flags(layout),
    }
    write_whole(layout.run / "flags.json", json.dumps(flags, indent=2).encode())
    write_whole(layout.run / "etcd.yaml", yaml.safe_dump(etcd_configuration(layout)).encode())
    # The server's port is known only when it serves: `--master` gives it.
    manager = kubeconfig(
        "controller-manager",
        "https://127.0.0.1",
        {"certificate-authority": str(layout.pki / "ca.crt")},
        {
            "client-certificate": str(layout.pki / "controller-manager.pem"),
            "client-key": str(layout.pki / "controller-manager.pem"),
        },
    )
    write_whole(layout.run / "controller-manager.kubeconfig", manager)


def admin_kubeconfig(layout: Layout, name: str, server: str) -> bytes:
    """The administrator's kubeconfig, whole in itself: it can be copied and still works."""
    pair = base64.b64encode((layout.pki / "admin.pem").read_bytes()).decode()
    authority = base64.b64encode((layout.pki / "ca.crt").read_bytes()).decode()
    return kubeconfig(
        name,
        server,
        {"certificate-authority-data": authority},
        {"client-certificate-data": pair, "client-key-data": pair},
    )


def kubeconfig(name: str, server: str, authority: dict[str, str], user: dict[str, str]) -> bytes:
    """A kubeconfig of one cluster, one user and one context, all called `name`."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, **authority}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return yaml.safe_dump(content, sort_keys=False).encode()
