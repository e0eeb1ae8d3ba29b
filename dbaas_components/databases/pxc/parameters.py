"""The server's configuration file: from parameters to text and back, and the parameters that are not ours to set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec

_SECTION: Final = "[mysqld]"
_REQUIRE_TLS: Final = "require_secure_transport=ON"
# What a configuration file gives a meaning of its own.
_QUOTED: Final = frozenset("#;'\"\\")
_TEMPLATE: Final = "{{"

_PODS: Final = "is set by the operator on every pod; leave it out"
_OWNED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "admin_address",
                "admin_port",
                "bind_address",
                "datadir",
                "enforce_gtid_consistency",
                "gtid_mode",
                "mysqlx_port",
                "port",
                "server_id",
                "socket",
                "wsrep_cluster_address",
                "wsrep_cluster_name",
                "wsrep_node_address",
                "wsrep_node_incoming_address",
                "wsrep_node_name",
                "wsrep_notify_cmd",
                "wsrep_on",
                "wsrep_provider",
                "wsrep_sst_auth",
                "wsrep_sst_donor",
            ),
            _PODS,
        ),
        **dict.fromkeys(
            ("ssl_ca", "ssl_cert", "ssl_key", "admin_ssl_ca", "admin_ssl_cert", "admin_ssl_key"),
            "is set from the certificates; use tls.secret or tls.issuer",
        ),
        "require_secure_transport": "has a field of its own; use tls.required",
        "default_table_encryption": "is switched on with the keyring; use encryption",
        "early_plugin_load": "is how the keyring is loaded; use encryption",
        "keyring_vault_config": "is where the keyring is configured; use encryption",
        "log_error": "is where the log collector reads; use observability.logs",
        "plugin_load": "replaces the plugin that recovery to a moment needs; use plugin_load_add",
    }
)
"""Parameters that the operator's entry point writes (PXC operator 1.20.0), and what to do instead."""


def configuration(spec: DatabaseSpec) -> str | None:
    """The text of the configuration file; None where there is nothing to say."""
    lines = [_REQUIRE_TLS] if spec.tls.required else []
    lines += [f"{name}={_written(value)}" for name, value in spec.parameters.items()]
    return "\n".join([_SECTION, *lines, ""]) if lines else None


def _written(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    text = str(value)
    if _TEMPLATE in text or not (_QUOTED & set(text) or text != text.strip()):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_configuration(text: str) -> tuple[dict[str, str], bool] | None:
    """The parameters in a configuration file and whether it requires TLS; None if it says more than parameters can."""
    section, *lines = text.splitlines() or [""]
    if section != _SECTION:
        return None
    required = lines[:1] == [_REQUIRE_TLS]
    pairs = [line.partition("=") for line in (lines[1:] if required else lines)]
    parameters = {name: _read(value) for name, _, value in pairs}
    again = [f"{name}={_written(value)}" for name, value in parameters.items()]
    written = [_SECTION, *([_REQUIRE_TLS] if required else []), *again, ""]
    return (parameters, required) if text == "\n".join(written) else None


def _read(text: str) -> str:
    if len(text) < 2 or not (text[0] == text[-1] == '"'):
        return text
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def parameter_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Parameters that the operator owns, and values that a configuration file cannot hold."""
    for name, value in spec.parameters.items():
        path = f"parameters.{name}"
        key = name.lower().replace("-", "_").removeprefix("loose_")
        if reason := _OWNED.get(key):
            yield Problem(path, reason)
        elif not key.replace(".", "_").replace(":", "_").isidentifier():
            yield Problem(path, f"{shown(name)} is not a parameter of MySQL; use letters, digits and underscores")
        elif isinstance(value, str):
            yield from _value_problems(path, value, spec)


def _value_problems(path: str, value: str, spec: DatabaseSpec) -> Iterator[Problem]:
    if any(character < " " for character in value):
        yield Problem(path, "is more than one line, which a configuration file cannot hold; write one line")
    for tag in ("{%", "{#"):
        if tag in value:
            message = f'{shown(value)} holds "{tag}", which the operator takes for a template; leave it out'
            yield Problem(path, message)
    limits = spec.pods.resources
    if _TEMPLATE in value and not (limits.memory or limits.largest_memory):
        message = f"{shown(value)} is a template, which the operator fills from the memory limit; add pods.resources"
        yield Problem(path, f"{message}.memory")
