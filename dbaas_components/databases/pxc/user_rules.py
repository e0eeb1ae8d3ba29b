"""Rules on users: the operator writes their SQL from what is given, and passes over what it cannot use in its log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.errors import Problem, shown

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.access import User

# pkg/pxc/users of PXC operator 1.20.0, and MySQL's own.
_RESERVED: Final = frozenset(
    {
        "root",
        "operator",
        "monitor",
        "xtrabackup",
        "replication",
        "proxyadmin",
        "pmmserver",
        "pmmserverkey",
        "pmmservertoken",
        "mysql.infoschema",
        "mysql.session",
        "mysql.sys",
    }
)
# It becomes a key of a Secret and part of an annotation.
_NAME: Final = re.compile(r"[A-Za-z0-9][-._A-Za-z0-9]*")
_LONGEST_NAME: Final = 32
# The operator writes it into the statement without quotes.
_DATABASE: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}")
_PRIVILEGE: Final = re.compile(r"[A-Za-z_]+( [A-Za-z_]+)*")
# MySQL 8.4 reference, static privileges that hold for the whole server.
_GLOBAL: Final = frozenset(
    {
        "CREATE ROLE",
        "CREATE TABLESPACE",
        "CREATE USER",
        "DROP ROLE",
        "FILE",
        "PROCESS",
        "RELOAD",
        "REPLICATION CLIENT",
        "REPLICATION SLAVE",
        "SHOW DATABASES",
        "SHUTDOWN",
        "SUPER",
    }
)
_LONGEST_HOST: Final = 255


def user_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of all users."""
    for index, user in enumerate(spec.users):
        yield from _user_problems(f"users[{index}]", user)


def _user_problems(path: str, user: User) -> Iterator[Problem]:
    name = user.name
    if name.lower() in _RESERVED:
        yield Problem(f"{path}.name", f"{shown(name)} is a user of the operator's or the server's; choose another name")
    elif not _NAME.fullmatch(name):
        message = "cannot be a key of the Secret with its password; use letters, digits, hyphens, underscores and dots"
        yield Problem(f"{path}.name", f"{shown(name)} {message}")
    elif len(name) > _LONGEST_NAME:
        message = f"{shown(name)} has {len(name)} characters; MySQL allows no more than {_LONGEST_NAME}: shorten it"
        yield Problem(f"{path}.name", message)
    for index, database in enumerate(user.databases):
        if not _DATABASE.fullmatch(database):
            message = "would need quotes, which the operator does not write; use letters, digits and underscores, and"
            yield Problem(f"{path}.databases[{index}]", f"{shown(database)} {message} a letter first")
    for index, grant in enumerate(user.grants):
        yield from _grant_problems(f"{path}.grants[{index}]", grant, user)
    for index, host in enumerate(user.hosts):
        if len(host) > _LONGEST_HOST or "\\" in host:
            message = f"{shown(host)} is not a host pattern of MySQL; write such as %, 10.% or app.example.com"
            yield Problem(f"{path}.hosts[{index}]", message)
    if user.grant_option and not user.grants:
        yield Problem(f"{path}.grant_option", "has nothing to pass on; add grants, or leave it out")


def _grant_problems(path: str, grant: str, user: User) -> Iterator[Problem]:
    if not _PRIVILEGE.fullmatch(grant):
        message = f"{shown(grant)} is not a privilege; write such as SELECT or CREATE TEMPORARY TABLES, one an item"
        yield Problem(path, message)
    elif user.databases and grant.upper() in _GLOBAL:
        message = f"{shown(grant)} holds for the whole server and cannot be given on a database"
        yield Problem(path, f"{message}; leave out databases, or this privilege")
