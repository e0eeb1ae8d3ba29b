"""Which API server to talk to and as whom, from kubeconfig text, file or the environment."""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class KubeconfigError(ValueError):
    """The kubeconfig cannot be used; the message names the file, the context and the fix."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One context of a kubeconfig, ready to connect with."""

    context: str
    server: str
    namespace: str
    tls: ssl.SSLContext | None = field(repr=False)
    server_name: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"context {self.context} ({self.server})"


def load(
    kubeconfig: str | None = None,
    context: str | None = None,
    cluster: str | None = None,
    namespace: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Connection:
    """The connection for the given kubeconfig (its text or its path), context and default namespace.

    `cluster` takes the place of the context's own cluster. Without a kubeconfig it is the files in the variable
    KUBECONFIG, else `~/.kube/config`. Without a context it is the current one, without a namespace that of the context,
    else `default`.

    Raises `KubeconfigError` when nothing can be read, the context is not there, or it needs a login this stand-in
    cannot do.
    """
    merged, source = _read(kubeconfig, environment)
    chosen = context or merged.get("current-context")
    if not chosen:
        raise KubeconfigError(f"{source} has no current-context; name one in the setting kubernetes:context")
    entry = _named(merged, "contexts", "context", chosen, source)
    entry = {**entry, "cluster": cluster or entry.get("cluster", "")}
    server_entry = _named(merged, "clusters", "cluster", entry["cluster"], source)
    user = _named(merged, "users", "user", entry["user"], source) if entry.get("user") else {}
    _refuse_unsupported(server_entry, user, chosen)
    server = str(server_entry.get("server") or "")
    if not server.startswith(("http://", "https://")):
        raise KubeconfigError(f"{source}: server {server!r} of context {chosen} is not an http(s) address; correct it")
    try:
        tls = _tls(server_entry, user) if server.startswith("https://") else None
        headers = _headers(user)
    except (OSError, ValueError) as error:
        raise KubeconfigError(
            f"{source}: the certificates or the token of context {chosen} cannot be read: {error}"
        ) from error
    return Connection(
        context=chosen,
        server=server.rstrip("/"),
        namespace=namespace or entry.get("namespace") or "default",
        tls=tls,
        server_name=server_entry.get("tls-server-name"),
        headers=headers,
    )


def active_cluster(
    kubeconfig: str | None, context: str | None, cluster: str | None, environment: Mapping[str, str] = os.environ
) -> Any:
    """The cluster entry in use, which tells Kubernetes clusters apart; None where there is none."""
    try:
        merged, source = _read(kubeconfig, environment)
        entry = _named(merged, "contexts", "context", context or merged.get("current-context") or "", source)
        return _named(merged, "clusters", "cluster", cluster or entry.get("cluster", ""), source)
    except KubeconfigError:
        return None


def _read(kubeconfig: str | None, environment: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    if kubeconfig and _is_content(kubeconfig):
        return _parsed(kubeconfig, "the kubeconfig given as text", Path.cwd()), "the kubeconfig given as text"
    if kubeconfig:
        paths = [Path(kubeconfig).expanduser()]
    elif environment.get("KUBECONFIG"):
        paths = [Path(part).expanduser() for part in environment["KUBECONFIG"].split(os.pathsep) if part]
    else:
        paths = [Path("~/.kube/config").expanduser()]
    source = f"kubeconfig {os.pathsep.join(map(str, paths))}"
    merged: dict[str, Any] = {}
    found = False
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise KubeconfigError(f"kubeconfig {path} cannot be read: {error}") from error
        found = True
        _merge(merged, _parsed(text, f"kubeconfig {path}", path.parent))
    if not found:
        raise KubeconfigError(
            f"{source} is not there; give its path or text in the setting kubernetes:kubeconfig or in KUBECONFIG"
        )
    return merged, source


def _is_content(kubeconfig: str) -> bool:
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")


def _parsed(text: str, source: str, folder: Path) -> dict[str, Any]:
    try:
        # The loader in C is ten times as fast; it is missing only where PyYAML was built without libyaml.
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        raise KubeconfigError(f"{source} is not valid YAML{place}") from None
    if not isinstance(content, dict):
        raise KubeconfigError(f"{source} is not a mapping; a kubeconfig has clusters, contexts and users")
    for section, key, names in (
        ("clusters", "cluster", ("certificate-authority",)),
        ("users", "user", ("client-certificate", "client-key", "tokenFile")),
    ):
        for item in content.get(section) or []:
            entry = item.get(key) if isinstance(item, dict) else None
            for name in names:
                if isinstance(entry, dict) and entry.get(name):
                    entry[name] = str(folder / entry[name])
    return content


def _merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    """The first file that names something wins, as kubectl has it."""
    for section in ("clusters", "contexts", "users"):
        have = {item.get("name") for item in into.setdefault(section, [])}
        into[section] += [item for item in other.get(section) or [] if item.get("name") not in have]
    into["current-context"] = into.get("current-context") or other.get("current-context")


def _named(config: dict[str, Any], section: str, key: str, name: str, source: str) -> dict[str, Any]:
    items = [item for item in config.get(section) or [] if isinstance(item, dict)]
    for item in items:
        if item.get("name") == name:
            return item.get(key) or {}
    there = ", ".join(sorted(str(item.get("name")) for item in items)) or "none"
    raise KubeconfigError(f"{source} has no {key} {name!r}; it has: {there}")


def _refuse_unsupported(cluster: dict[str, Any], user: dict[str, Any], context: str) -> None:
    found = [name for name in ("exec", "auth-provider") if user.get(name)]
    found += [name for name in ("proxy-url",) if cluster.get(name)]
    if found:
        raise KubeconfigError(
            f"context {context} uses {' and '.join(found)}, which the stand-in provider does not do; install the "
            "official Kubernetes provider (pulumi plugin install resource kubernetes) and take the stand-in off PATH"
        )


def _tls(cluster: dict[str, Any], user: dict[str, Any]) -> ssl.SSLContext:
    authority = _material(cluster, "certificate-authority")
    tls = ssl.create_default_context(cadata=authority.decode() if authority else None)
    # Cluster certificates are often made without the key usage extension that Python's strict check asks for.
    tls.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    certificate, key = _material(user, "client-certificate"), _material(user, "client-key")
    if certificate and key:
        # OpenSSL reads a key pair from files only; these exist while it does, readable for this user alone.
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, name) for name in ("certificate.pem", "key.pem")]
            for path, content in zip(paths, (certificate, key), strict=True):
                path.touch(mode=0o600)
                path.write_bytes(content)
            tls.load_cert_chain(*map(str, paths))
    return tls


def _material(entry: dict[str, Any], name: str) -> bytes | None:
    if data := entry.get(f"{name}-data"):
        return base64.b64decode(data)
    return Path(entry[name]).read_bytes() if entry.get(name) else None


def _headers(user: dict[str, Any]) -> dict[str, str]:
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = Path(user["tokenFile"]).read_text(encoding="utf-8").strip()
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}
