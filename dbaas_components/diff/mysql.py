"""Conditions that are MySQL's alone: its own configuration file, and releases that read no later one's files."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, cast

from dbaas_components.diff.fields import FieldChange
from dbaas_components.diff.values import Condition, Object, tag_of

_OFF: Final = ("off", "0", "false", "no", "disabled")
_SERVER: Final = ("mysqld", "server")
_NEGATED: Final = ("skip_", "disable_")
_SIZE: Final = re.compile(r"(\d+)([kmg]?)")

_MADE_ONCE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lower_case_table_names": "0",
        "innodb_page_size": "16384",
        "innodb_data_file_path": "ibdata1:12m:autoextend",
        "innodb_data_home_dir": "",
        "innodb_undo_directory": "",
        "datadir": "",
    }
)
"""Settings with which the data files were made, and what they are where nothing is said: MySQL's manual allows no
others at a later start."""

_GUARDS: Final = (
    "require_secure_transport",
    "log_bin",
    "pxc_encrypt_cluster_traffic",
    "default_table_encryption",
    "innodb_redo_log_encrypt",
    "innodb_undo_log_encrypt",
    "binlog_encryption",
    "ssl",
)
"""Settings that are on or off, and protect data, connections or point-in-time recovery where they are on."""

_ON_WITHOUT_A_WORD: Final = ("log_bin", "pxc_encrypt_cluster_traffic", "ssl")
_PLACE_OF_KEYS: Final = ("vault_url", "secret_mount_point")
_OPENINGS: Final = ("skip_grant_tables",)


# Of these series a later release writes files that an earlier one does not read; the long-term ones take both ways.
_ONE_WAY_SERIES: Final = ((8, 0), (8, 1), (8, 2), (8, 3))
_RELEASE: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def _release_down(change: FieldChange, _old: Object, _new: Object) -> bool:
    """An earlier release of a series of MySQL in which none reads what a later one wrote."""
    old, new = (_RELEASE.search(tag_of(image)) for image in (change.old, change.new))
    if old is None or new is None:
        return False
    before, after = (tuple(int(part) for part in found.groups()) for found in (old, new))
    return before[:2] == after[:2] and before[:2] in _ONE_WAY_SERIES and after < before


def _made_otherwise(change: FieldChange, _old: Object, _new: Object) -> bool:
    """The files that are there were made with another setting, so that no server starts on them."""
    before, after = _settings(change.old), _settings(change.new)
    return any(
        _amount(before.get(name, default)) != _amount(after.get(name, default)) for name, default in _MADE_ONCE.items()
    )


def _guards_less(change: FieldChange, _old: Object, _new: Object) -> bool:
    """Connections, files or logs are protected less than before."""
    before, after = _settings(change.old), _settings(change.new)
    opened = any(_on(after, name) and not _on(before, name) for name in _OPENINGS)
    return opened or any(_on(before, name) and not _on(after, name) for name in _GUARDS)


def _keys_elsewhere(change: FieldChange, _old: Object, _new: Object) -> bool:
    """A keyring's configuration names another Vault, or another mount of it, than the one with the files' keys."""
    before = _keyring(change.old)
    return bool(before) and before != _keyring(change.new)


def _keyring(text: object) -> Mapping[str, str]:
    """Where a keyring's configuration looks for keys, in its JSON or its lines of `name = value`."""
    if not isinstance(text, str):
        return {}
    try:
        parsed: Any = json.loads(text)
    except ValueError:
        lines = (line.partition("=") for line in text.splitlines())
        parsed = {name.strip(): value.strip() for name, _, value in lines}
    if not isinstance(parsed, Mapping):
        return {}
    found = cast("Mapping[str, Any]", parsed)
    return {name: str(found[name]).strip("/") for name in _PLACE_OF_KEYS if name in found}


def _on(settings: Mapping[str, str], name: str) -> bool:
    default = "on" if name in _ON_WITHOUT_A_WORD else "off"
    return settings.get(name, default).lower() not in _OFF


def _amount(value: str) -> str:
    """`16k` and `16384` are one size."""
    found = _SIZE.fullmatch(value.lower())
    return str(int(found[1]) * 1024 ** (" kmg".index(found[2] or " "))) if found else value.lower()


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Mapping[str, str]:
    parser = configparser.ConfigParser(
        allow_no_value=True, strict=False, interpolation=None, inline_comment_prefixes=("#",), delimiters=("=",)
    )
    # The operator of ps puts what has no heading into the server's section.
    lines = [line.strip() for line in f"[mysqld]\n{text}".splitlines() if not line.lstrip().startswith("!")]
    try:
        parser.read_string("\n".join(lines))
    except configparser.Error:
        return {}
    found: dict[str, str] = {}
    for section in parser.sections():
        if section.partition("-")[0] in _SERVER:
            for name, value in parser.items(section):
                found.update([_plain(name, value)])
    return found


def _plain(name: str, value: str | None) -> tuple[str, str]:
    """One of the spellings of a setting: `skip-log-bin`, `log_bin = 0` and `loose_log-bin=OFF` are one thing."""
    name = name.strip().replace("-", "_").removeprefix("loose_")
    for prefix in _NEGATED:
        if name.startswith(prefix) and name.removeprefix(prefix) in _GUARDS:
            return name.removeprefix(prefix), "on" if (value or "on").lower() in _OFF else "off"
    return name, "on" if value is None else value.strip().strip("'\"")


def _settings(text: object) -> Mapping[str, str]:
    return _parsed(text) if isinstance(text, str) else {}


CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "made otherwise": _made_otherwise,
        "guards less": _guards_less,
        "release down": _release_down,
        "keys elsewhere": _keys_elsewhere,
    }
)
