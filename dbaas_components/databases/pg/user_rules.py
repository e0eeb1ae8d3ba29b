"""Rules on users and databases of PostgreSQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from dbaas_components.databases.pg import names
from dbaas_components.databases.spec import DatabaseSpec
from dbaas_components.databases.spec.access import User
from dbaas_components.errors import Problem, shown

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LONGEST: Final = 63
_LONGEST_OPTIONS: Final = 200
_SUPERUSER: Final = "postgres"
_RESERVED_USERS: Final = {
    "monitor": "it is the superuser with which the PG operator's monitoring logs in",
    "public": "PostgreSQL lets no role be called so",
    "none": "PostgreSQL lets no role be called so",
}
_RESERVED_DATABASES: Final = {
    "pgbouncer": "it is PgBouncer's administration console",
    "template0": "PostgreSQL makes new databases from it",
    "template1": "PostgreSQL makes new databases from it",
}
_COMMENT: Final = re.compile(r"--|/\*|\*/")


def user_problems(spec: DatabaseSpec) -> Iterator[Problem]:
    """Problems of users, and of databases that nobody uses."""
    for index, user in enumerate(spec.users):
        yield from _user_problems(f"users[{index}]", user, spec)
    for secret, count in Counter(names.user_secret(spec, user) for user in spec.users).items():
        if count > 1:
            yield Problem("users", f"{shown(secret)} would be the Secret of {count} users; give them one each")
    for index, database in enumerate(spec.databases):
        path = f"databases[{index}]"
        yield from _database_problems(path, database)
        # Without users, the default one has them all.
        if spec.users and not any(database in user.databases for user in spec.users):
            message = (
                f"{shown(database)} has no user, and the PG operator makes the databases of users only; add it to "
                "databases of one of users"
            )
            yield Problem(path, message)


def _user_problems(path: str, user: User, spec: DatabaseSpec) -> Iterator[Problem]:
    if reason := _RESERVED_USERS.get(user.name):
        yield Problem(f"{path}.name", f"{shown(user.name)} is reserved in pg: {reason}; choose another name")
    elif not _NAME.fullmatch(user.name) or len(user.name) > _LONGEST:
        message = (
            f"{shown(user.name)} is not a name that the PG operator takes; use at most {_LONGEST} lower-case letters, "
            "digits and hyphens, with no hyphen at its ends"
        )
        yield Problem(f"{path}.name", message)
    for index, database in enumerate(user.databases):
        yield from _database_problems(f"{path}.databases[{index}]", database)
    for database, count in Counter(user.databases).items():
        if count > 1:
            yield Problem(f"{path}.databases", f"{shown(database)} stands there {count} times; keep one")
    if user.name == _SUPERUSER:
        for field in ("databases", "options"):
            if getattr(user, field):
                message = f'is passed over for "{_SUPERUSER}", which may do everything everywhere; leave it out'
                yield Problem(f"{path}.{field}", message)
    if user.options is not None and (reason := _options_problem(user.options)):
        yield Problem(f"{path}.options", f"{shown(user.options)} {reason}")
    if user.secret and len(user.secret) > _LONGEST:
        message = f"{shown(user.secret)} has {len(user.secret)} characters; the PG operator takes at most {_LONGEST}"
        yield Problem(f"{path}.secret", f"{message}: shorten it")
    if user.public_schema and int(spec.version) < names.FIRST_CLOSED_PUBLIC_SCHEMA:
        message = (
            f"true is refused for PostgreSQL {spec.version}, whose public schema is open to all; leave it out, or "
            f"write version {names.FIRST_CLOSED_PUBLIC_SCHEMA} or newer"
        )
        yield Problem(f"{path}.public_schema", message)


def _options_problem(options: str) -> str | None:
    if len(options) > _LONGEST_OPTIONS:
        return f"has {len(options)} characters; write at most {_LONGEST_OPTIONS}"
    if ";" in options or _COMMENT.search(options):
        return "is more than role options; write such as CREATEDB CONNECTION LIMIT 10, with no semicolon and no comment"
    if "password" in options.lower():
        return "says a password, which belongs in the user's Secret; leave it out"
    return None


def _database_problems(path: str, database: str) -> Iterator[Problem]:
    if reason := _RESERVED_DATABASES.get(database):
        yield Problem(path, f"{shown(database)} is reserved in pg: {reason}; choose another name")
    elif len(database.encode()) > _LONGEST:
        message = (
            f"{shown(database)} has {len(database.encode())} bytes; PostgreSQL takes at most {_LONGEST}: shorten it"
        )
        yield Problem(path, message)
