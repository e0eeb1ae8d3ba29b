"""Passwords of applications' users where the operator keeps those that it made in one Secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dbaas_components.databases.engine import Password
from dbaas_components.naming import object_name

if TYPE_CHECKING:
    from dbaas_components.databases.spec import DatabaseSpec


def custom_user_passwords(spec: DatabaseSpec) -> Iterator[tuple[str, Password]]:
    """User and password, for PXC operator 1.20.0 and PSMDB 1.22.0: in the Secret that was named, else under the user's
    name in `<database>-custom-user-secret`."""
    for user in spec.users:
        named = user.password
        made = Password(object_name(spec.name, "custom-user-secret"), user.name)
        yield user.name, Password(named.secret, named.key) if named else made
