"""Parameters that are not an owner's to choose: the operator writes them, or the specification has words for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dbaas_components.errors import shown

_LEAVE_OUT: Final = "leave it out"
# By the rules (CEL) of the PG operator's own field for parameters; on the way through Patroni they are overwritten
# without a word, or break the instances.
_PARAMETERS: Final[Mapping[str, tuple[str, str]]] = {
    "config_file": ("says where the data is", _LEAVE_OUT),
    "data_directory": ("says where the data is", _LEAVE_OUT),
    "external_pid_file": ("belongs to the container", _LEAVE_OUT),
    "hba_file": ("says who may log in", "use tls.required and users"),
    "ident_file": ("says who may log in", "use users"),
    "listen_addresses": ("is always every address", "use expose and network to say who may come"),
    "port": ("is always 5432 here", _LEAVE_OUT),
    "ssl": ("is always on", "use tls"),
    "wal_log_hints": ("is always on", _LEAVE_OUT),
    "archive_mode": ("belongs to backups", "use backup"),
    "archive_command": ("belongs to backups", "use backup.storages"),
    "restore_command": ("belongs to backups", "use data_source to start from a backup"),
    "recovery_target": ("belongs to restores", "use data_source.at or data_source.lsn"),
    "hot_standby": ("is always on", _LEAVE_OUT),
    "synchronous_standby_names": ("is Patroni's", "use replication.synchronous"),
    "primary_conninfo": ("is Patroni's", _LEAVE_OUT),
    "primary_slot_name": ("is Patroni's", _LEAVE_OUT),
    "recovery_min_apply_delay": ("would keep replicas behind, which the operator does not support", _LEAVE_OUT),
    "cluster_name": ("is the database's name", _LEAVE_OUT),
    "logging_collector": ("keeps the logs on the volume", _LEAVE_OUT),
    "log_file_mode": ("belongs to the container", _LEAVE_OUT),
    "track_commit_timestamp": ("is always on, for the latest moment that can be restored", _LEAVE_OUT),
}
_PREFIXES: Final[Mapping[str, tuple[str, str]]] = {
    "ssl_": ("belongs to the certificates", "use tls"),
    "unix_socket_": ("belongs to the container", _LEAVE_OUT),
    "recovery_target_": ("belongs to restores", "use data_source.at or data_source.lsn"),
}
_FREE: Final = ("ssl_groups", "ssl_ecdh_curve")
_WAL_LEVELS: Final = ("logical", "replica")

_POOLER: Final[Mapping[str, tuple[str, str]]] = {
    "pool_mode": ("has a word of its own", "use proxy.pool.mode"),
    "default_pool_size": ("has a word of its own", "use proxy.pool.size"),
    "max_client_conn": ("has a word of its own", "use proxy.pool.max_client_connections"),
    "conffile": ("is written by the operator", _LEAVE_OUT),
    "listen_addr": ("is written by the operator", "use expose to say who may come"),
    "listen_port": ("is written by the operator", _LEAVE_OUT),
    "unix_socket_dir": ("is written by the operator", _LEAVE_OUT),
    "auth_file": ("is how the pooler asks PostgreSQL for passwords", _LEAVE_OUT),
    "auth_query": ("is how the pooler asks PostgreSQL for passwords", _LEAVE_OUT),
    "auth_user": ("is how the pooler asks PostgreSQL for passwords", _LEAVE_OUT),
    "client_tls_cert_file": ("belongs to the certificates", "use tls.secret"),
    "client_tls_key_file": ("belongs to the certificates", "use tls.secret"),
    "client_tls_ca_file": ("belongs to the certificates", "use tls.secret"),
    "server_tls_ca_file": ("belongs to the certificates", "use tls.secret"),
}


def parameter_problem(name: str, value: str | int | float | bool) -> str | None:
    """What is wrong with a parameter of the server, or None. PostgreSQL tells no capital letters from small ones."""
    lower = name.lower()
    if lower == "wal_level":
        if value in _WAL_LEVELS:
            return None
        return f"{shown(value)} is not enough for replicas and backups; write logical or replica"
    found = _PARAMETERS.get(lower)
    if found is None and lower not in _FREE:
        found = next((why for prefix, why in _PREFIXES.items() if lower.startswith(prefix)), None)
    return _told(found)


def pooler_problem(name: str) -> str | None:
    """What is wrong with a setting of PgBouncer, or None."""
    return _told(_POOLER.get(name.lower()))


def _told(found: tuple[str, str] | None) -> str | None:
    return f"is not open to a choice, because it {found[0]}; {found[1]}" if found else None
