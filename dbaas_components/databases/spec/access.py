"""Who may do what in a database."""

from __future__ import annotations

from typing import Literal

from dbaas_components.databases.spec.part import Line, ObjectName, Part, SecretKey, Text


class RoleReference(Part):
    """A role that a MongoDB user or role has."""

    name: Line
    """Name of the role, such as `readWrite`."""
    database: Line
    """Database that the role belongs to."""


class Privilege(Part):
    """What a MongoDB role may do, and where."""

    actions: tuple[Line, ...]
    """MongoDB actions, such as `find`."""
    database: Text | None = None
    """Database; empty for all."""
    collection: Text | None = None
    """Collection; empty for all."""
    cluster: bool = False
    """Whether the actions are on the deployment as a whole instead."""


class Role(Part):
    """A role of one's own (psmdb)."""

    name: Line
    """Name of the role."""
    database: Line
    """Database that holds it."""
    privileges: tuple[Privilege, ...] = ()
    """What it may do."""
    roles: tuple[RoleReference, ...] = ()
    """Roles whose rights it has too."""


class User(Part):
    """A user for an application. Leaving it out later does not drop it from the database."""

    name: Line
    """Name of the user."""
    databases: tuple[Line, ...] = ()
    """Databases it may use: pg creates them; for pxc the grants hold there."""
    grants: tuple[Line, ...] = ()
    """SQL privileges on `databases` (pxc), such as `SELECT`."""
    hosts: tuple[Line, ...] = ()
    """Hosts it may come from, MySQL patterns (pxc); default `%`."""
    grant_option: bool = False
    """Whether it may pass its grants on (pxc)."""
    roles: tuple[RoleReference, ...] = ()
    """Its MongoDB roles (psmdb)."""
    database: Line | None = None
    """Database that it is authenticated in (psmdb); default `admin`."""
    options: Line | None = None
    """PostgreSQL role options (pg), such as `CREATEDB`; SUPERUSER has to be written out here."""
    password: SecretKey | None = None
    """Where its password is (pxc, psmdb); default: the operator makes one and keeps it in a Secret."""
    secret: ObjectName | None = None
    """Name of the Secret that holds its password and connection strings (pg); default `<database>-pguser-<user>`."""
    password_characters: Literal["ASCII", "AlphaNumeric"] | None = None
    """Which characters a generated password is made of (pg)."""
    public_schema: bool = False
    """Whether it may create tables in the `public` schema (pg 15 and newer)."""
