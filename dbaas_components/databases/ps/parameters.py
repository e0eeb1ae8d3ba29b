"""Server parameters: the text that the operator hands to MySQL, and what it keeps for itself.

Source of what is kept: `ps-entrypoint.sh` and the controllers of the PS operator 1.2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dbaas_components.errors import Problem, shown

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_LINE: Final = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*)=(?P<value>[^\r\n]*)")
_WHOLE_NUMBER: Final = re.compile(r"0|-?[1-9]\d{0,17}")

_BY_POD: Final = "the operator sets it for each pod; leave it out"
_BY_TLS: Final = "the operator sets it from the certificate's Secret; use tls.secret or tls.issuer"
_BY_VAULT: Final = "the operator sets it from the Secret for Vault; use encryption"
_BY_ROLE: Final = "the operator sets it by the role of each pod; leave it out"
_BY_GROUP: Final = "MySQL Shell sets it when it makes the group; leave it out"
_NEEDED: Final = "replication and backups build on it; leave it out"
_OWNED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("server_id", "report_host", "report_port", "admin_address", "admin_port", "port", "bind_address"), _BY_POD
    ),
    **dict.fromkeys(("datadir", "socket", "mysqlx_port", "mysqlx_socket", "pid_file"), _BY_POD),
    **dict.fromkeys(("ssl_ca", "ssl_cert", "ssl_key"), _BY_TLS),
    **dict.fromkeys(("early_plugin_load", "keyring_vault_config"), _BY_VAULT),
    **dict.fromkeys(("read_only", "super_read_only", "skip_replica_start", "skip_slave_start"), _BY_ROLE),
    **dict.fromkeys(
        (
            "group_replication_group_name",
            "group_replication_local_address",
            "group_replication_group_seeds",
            "group_replication_bootstrap_group",
            "group_replication_start_on_boot",
            "group_replication_single_primary_mode",
            "group_replication_enforce_update_everywhere_checks",
        ),
        _BY_GROUP,
    ),
    **dict.fromkeys(
        ("gtid_mode", "enforce_gtid_consistency", "skip_log_bin", "disable_log_bin", "log_bin", "skip_networking"),
        _NEEDED,
    ),
    "require_secure_transport": "the operator itself connects without TLS and would be refused; leave it out",
}


def parameter_text(parameters: Mapping[str, str | int | float | bool]) -> str | None:
    """The lines that MySQL reads, or None without parameters.

    Without the heading `[mysqld]`, as the operator itself writes its own: it appends them to that section.
    """
    return "\n".join(f"{name}={_word(value)}" for name, value in parameters.items()) or None


def _word(value: str | float | bool) -> str:
    return ("ON" if value else "OFF") if isinstance(value, bool) else str(value)


def parameters_of(text: str) -> dict[str, str | int]:
    """The parameters that `parameter_text` makes exactly this text of; empty if none do."""
    found: dict[str, str | int] = {}
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            return {}
        value = match["value"]
        found[match["name"]] = int(value) if _WHOLE_NUMBER.fullmatch(value) else value
    return found if parameter_text(found) == text else {}


def parameter_problems(parameters: Mapping[str, str | int | float | bool]) -> Iterator[Problem]:
    """What the operator owns, and what would end up as another line than was meant."""
    for name, value in parameters.items():
        path = f"parameters.{name}"
        # MySQL takes `loose_` for "if you know it", and a hyphen for an underscore.
        plain = name.lower().replace("-", "_").removeprefix("loose_")
        if not _NAME.fullmatch(name):
            yield Problem(path, f"{shown(name)} is not a parameter's name; write such as max_connections")
        elif plain in _OWNED:
            said = str(value).lower() if isinstance(value, bool) else shown(value)
            yield Problem(path, f"{said} cannot be set here: {_OWNED[plain]}")
        if isinstance(value, str) and any(character < " " for character in value):
            yield Problem(path, "holds a line break; write one line")
