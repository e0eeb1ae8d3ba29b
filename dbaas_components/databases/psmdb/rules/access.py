"""Rules on users, roles and certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from dbaas_components.databases.psmdb.names import users_secret
from dbaas_components.errors import Problem, shown
from dbaas_components.naming import DNS_LABEL_LIMIT

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec
    from dbaas_components.databases.spec.access import Role, User

_SYSTEM_USERS: Final = ("backup", "clusterAdmin", "clusterMonitor", "databaseAdmin", "userAdmin")
_EXTERNAL: Final = "$external"
"""MongoDB's database of users whom others vouch for: LDAP, Kerberos, certificates."""
_KEY: Final = re.compile(r"[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?")


def access_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of users, roles and certificates."""
    for index, user in enumerate(spec.users):
        yield from _user_problems(f"users[{index}]", user, spec)
    for index, role in enumerate(spec.roles):
        yield from _role_problems(f"roles[{index}]", role)
    yield from _tls_problems(spec)


def _user_problems(path: str, user: User, spec: DatabaseSpec) -> Iterator[Problem]:
    if user.name in _SYSTEM_USERS:
        message = f'{shown(user.name)} is a system user, whose password is in "{users_secret(spec)}"; choose another'
        yield Problem(f"{path}.name", f"{message} name")
    if not user.roles:
        message = "is required: the operator makes no user without a role; write such as readWrite on its database"
        yield Problem(f"{path}.roles", message)
    if user.database == _EXTERNAL:
        if user.password:
            yield Problem(f"{path}.password", "has no meaning for a user of $external; leave it out")
        return
    if not _KEY.fullmatch(user.name):
        message = (
            f"{shown(user.name)} also names a key of a Secret and an annotation; use letters, digits, hyphens, "
            "underscores and dots"
        )
        yield Problem(f"{path}.name", message)
    # The operator notes the password's hash as annotation `percona.com/<database>-<user>-hash`.
    noted = len(f"{spec.name}-{user.name}-hash")
    if noted > DNS_LABEL_LIMIT:
        message = (
            f"{shown(user.name)} is {noted - DNS_LABEL_LIMIT} characters too long: the operator makes an annotation of "
            "it and the database's name; shorten it"
        )
        yield Problem(f"{path}.name", message)


def _role_problems(path: str, role: Role) -> Iterator[Problem]:
    for index, privilege in enumerate(role.privileges):
        where = f"{path}.privileges[{index}]"
        if privilege.cluster and (privilege.database or privilege.collection):
            message = "true is about no database; leave database and collection out, or cluster"
            yield Problem(f"{where}.cluster", message)
        if not privilege.actions:
            yield Problem(f"{where}.actions", "is empty; write at least one, such as find")


def _tls_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    tls = spec.tls
    if tls.issuer is None and tls.names:
        message = "are for certificates that this library has made: the operator's bear none; add tls.issuer"
        yield Problem("tls.names", message)
    if tls.issuer and not spec.namespace:
        message = (
            "needs the namespace, which is part of the certificate's names and comes from another resource here; write "
            "the namespace as plain text, or give tls.secret"
        )
        yield Problem("tls.issuer", message)
    if tls.secret and tls.certificate_lifetime:
        message = f"{tls.certificate_lifetime} has no effect on a ready-made certificate; leave it out"
        yield Problem("tls.certificate_lifetime", message)
