"""What all parts of a specification are made of: the base model and the checked words that fields take."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from dbaas_components.errors import shown
from dbaas_components.naming import dns_label_problem, namespace_problem
from dbaas_components.quantities import Quantity


class Part(BaseModel):
    """A part of a specification: frozen, without unknown fields, and never guessing at a type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    @classmethod
    def usual(cls, **values: Any) -> Self:
        """The part with its defaults and these values, for the default of a field.

        The same as calling the class, except that nothing is checked. To check it, pydantic would build a validator
        of this class alone while the library is imported; a program needs no other than the whole specification's.
        """
        return cls.model_construct(**values)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Itself, since nothing of it is ever changed: pydantic copies the defaults of every specification."""
        return self


# A thousand databases say the same few sizes and times. What is refused is not kept.
_WORDS: Final = lru_cache(maxsize=4_096)
# Go's own limit, 292 years, in whole years of 365 days.
_LONGEST: Final = timedelta(days=292 * 365)
_MOST_DIGITS: Final = 12
"""Digits that a number may have, so that it is never read at all where Python would refuse to."""
_LARGEST_BITS: Final = 64
_LONGEST_RANGE: Final = 60
_DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_DNS_NAME: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LONGEST_DNS_NAME: Final = 253
_OBJECT_NAME: Final = re.compile(_DNS_NAME)
_SECRET_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_LABEL_KEY: Final = re.compile(rf"({_DNS_NAME}/)?[A-Za-z0-9]([-._A-Za-z0-9]{{0,61}}[A-Za-z0-9])?")
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")
_IMAGE: Final = re.compile(r"[a-z0-9]([-./:_A-Za-z0-9]*[A-Za-z0-9])?(@sha256:[0-9a-f]{64})?")
_CRON_PIECE: Final = r"(\*|(\d{1,2}|[a-z]{3})(-(\d{1,2}|[a-z]{3}))?)(/\d{1,2})?"
# A time of each day, of one weekday, or of all from one on: what nearly every schedule is, and always right.
_PLAIN_CRON: Final = re.compile(r"[0-5]?\d ([01]?\d|2[0-3]) \* \* (\*|[0-6](-6)?)", re.ASCII)
_CRON_FIELD: Final = re.compile(f"{_CRON_PIECE}(,{_CRON_PIECE})*", re.ASCII)
# The API server reads what is applied as YAML, which knows no such characters.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_LINE: Final = re.compile("[\t\n\r\x85\u2028\u2029]")


@_WORDS
def duration_of(text: str) -> timedelta:
    """The time that a text such as `90s`, `5m`, `1h30m` or `7d` stands for. Raises `ValueError`."""
    match = _DURATION.fullmatch(text)
    if not match or not text:
        raise ValueError(f"{shown(text)} is not a duration; write such as 90s, 5m, 1h30m or 7d")
    if max(len(group or "") for group in match.groups()) <= _MOST_DIGITS:
        days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
        if days * 86_400 + hours * 3_600 + minutes * 60 + seconds <= _LONGEST.total_seconds():
            return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise ValueError(f"{shown(text)} is longer than {_LONGEST.days}d, and the operators hold no more; write less")


@_WORDS
def go_duration(text: str) -> str:
    """A duration in the notation of Go, whose largest unit is the hour: `168h` for `7d`."""
    seconds = int(duration_of(text).total_seconds())
    parts = ((seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)


@_WORDS
def _duration(text: str) -> str:
    if duration_of(text) <= timedelta(0):
        raise ValueError(f"{shown(text)} is no time at all; write such as 5m")
    return text


@_WORDS
def _quantity(text: str) -> str:
    if Quantity.parse(text) <= Quantity.parse("0"):
        raise ValueError(f"{shown(text)} is not more than nothing; write such as 500m or 10Gi")
    return text


@_WORDS
def _byte_quantity(text: str) -> str:
    if Quantity.parse(_quantity(text)).amount.denominator != 1:
        raise ValueError(f"{text} is not a whole number of bytes; write such as 10Gi")
    return text


@_WORDS
def _object_name(text: str) -> str:
    if not _OBJECT_NAME.fullmatch(text) or len(text) > _LONGEST_DNS_NAME:
        raise ValueError(f"{shown(text)} is not a name in Kubernetes; use lower-case letters, digits, hyphens and dots")
    return text


def _label_name(text: str) -> str:
    if reason := dns_label_problem(text):
        raise ValueError(reason)
    return text


def _namespace(text: str) -> str:
    if reason := namespace_problem(text):
        raise ValueError(reason)
    return text


def _secret_key(text: str) -> str:
    if not _SECRET_KEY.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a key of a Secret; use letters, digits, hyphens, underscores and dots")
    return text


@_WORDS
def _label_key(text: str) -> str:
    if not _LABEL_KEY.fullmatch(text) or len(text.rpartition("/")[0]) > _LONGEST_DNS_NAME:
        raise ValueError(f"{shown(text)} is not a label key; write such as team or example.com/team")
    return text


def _label_value(text: str) -> str:
    if not _LABEL_VALUE.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a label value; use at most 63 letters, digits, hyphens, underscores and dots"
        )
    return text


@_WORDS
def _network_range(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError as error:
        # The library's own reason holds the text as it stands, of any length.
        because = f" ({error})" if len(text) <= _LONGEST_RANGE else ""
        raise ValueError(f"{shown(text)} is not a network range{because}; write such as 10.0.0.0/8") from None
    if not text.rpartition("/")[1] or not text.rpartition("/")[2].isdigit():
        # Kubernetes takes neither an address alone nor a mask.
        raise ValueError(f"{shown(text)} is not a network range with a length; write {network}")
    return text


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text) or ":" not in text.rpartition("/")[2]:
        raise ValueError(f"{shown(text)} is not an image with a tag; write such as registry.example.com/name:1.0")
    return text


def _plain_value(value: Any) -> Any:
    # Before the union is tried: each of its four members would otherwise tell a problem of its own.
    if not isinstance(value, str | int | float):
        raise ValueError(f"{shown(value)} is not a plain value; write text, a number, true or false")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{shown(value)} is not a number that a server takes; write a number, or text in quotes")
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        raise ValueError(f"{shown(value)} is more than 64 bits hold; write less, or text in quotes")
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    if found := _NO_TEXT.search(text):
        raise ValueError(f"holds the control character {found[0]!a}, which no Kubernetes object can; leave it out")
    return text


@_WORDS
def _line(text: str) -> str:
    if not text or _NO_LINE.search(text) or _NO_TEXT.search(text):
        raise ValueError(f"{shown(text)} must be one line of text, and not empty")
    return text


@lru_cache(maxsize=1_024)  # Most databases have the schedules of their profile.
def _cron(text: str) -> str:
    fields = text.lower().split()
    if _PLAIN_CRON.fullmatch(" ".join(fields)):
        return text
    # Here and not above: it takes its share of the import time, and most databases have the plain schedules.
    from croniter import CroniterBadDateError, croniter

    form = all(_CRON_FIELD.fullmatch(field) for field in fields)
    # A 7 for Sunday, which croniter takes, is refused by the cron library of Kubernetes and of the operators.
    if len(fields) != 5 or not form or "7" in re.split(r"[-,]", fields[4]) or not croniter.is_valid(text):
        raise ValueError(
            f'{shown(text)} is not a schedule; write five fields, such as "0 1 * * 0" for every Sunday at 01:00 UTC'
        )
    try:
        croniter(text, 0).get_next(float)
    except CroniterBadDateError:
        message = f"{shown(text)} never comes, because no such month has that day"
        raise ValueError(f"{message}; write a day that is there, such as 28, or * for every month") from None
    return text


def _form(pattern: str, *examples: str, **more: Any) -> WithJsonSchema:
    """What a form or an editor can check of a kind of text; the checks above know more."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": list(examples), **more})


_NUMBER: Final = r"[+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_LABEL_TEXT: Final = "[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?"

Duration = Annotated[
    str,
    AfterValidator(_duration),
    _form("(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?", "90s", "5m", "1h30m", "7d"),
]
"""A time such as `90s`, `5m`, `1h30m` or `7d`."""
QuantityWord = Annotated[
    str,
    AfterValidator(_quantity),
    _form(f"{_NUMBER}([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{{1,3}})?", "500m", "2"),
]
"""A Kubernetes quantity such as `500m` or `2Gi`."""
Bytes = Annotated[
    str,
    AfterValidator(_byte_quantity),
    _form(f"{_NUMBER}([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{{1,3}})?", "512Mi", "10Gi", "1Ti"),
]
"""A Kubernetes quantity that is a whole number of bytes, such as `10Gi`."""
ObjectName = Annotated[str, AfterValidator(_object_name), _form(_DNS_NAME, "orders-secrets", "fast-ssd")]
"""Name of an object in Kubernetes: a Secret, a StorageClass, a ServiceAccount."""
LabelName = Annotated[str, AfterValidator(_label_name), _form("[a-z]([-a-z0-9]*[a-z0-9])?", "main", maxLength=63)]
"""A DNS label: lower-case letters, digits and hyphens, a letter first, at most 63."""
NamespaceName = Annotated[str, AfterValidator(_namespace), _form("[a-z0-9]([-a-z0-9]*[a-z0-9])?", "shop", maxLength=63)]
"""Name of a namespace."""
SecretKeyName = Annotated[str, AfterValidator(_secret_key), _form("[-._a-zA-Z0-9]{1,253}", "password", "ca.crt")]
"""Key within a Secret."""
LabelKey = Annotated[
    str, AfterValidator(_label_key), _form(f"({_DNS_NAME}/)?{_LABEL_TEXT}", "team", "example.com/team")
]
"""Key of a Kubernetes label or annotation."""
LabelValue = Annotated[str, AfterValidator(_label_value), _form(f"({_LABEL_TEXT})?", "payments")]
"""Value of a Kubernetes label."""
NetworkRange = Annotated[
    str, AfterValidator(_network_range), _form(r"[0-9a-fA-F:.]+(%[^/]+)?/[0-9]+", "10.0.0.0/8", "2001:db8::/32")
]
"""A network range such as `10.0.0.0/8`."""
Image = Annotated[
    str,
    AfterValidator(_image),
    _form(
        "[a-z0-9][-./:_A-Za-z0-9]*(@sha256:[0-9a-f]{64})?", "registry.example.com/percona/percona-server:8.4.10-10.1"
    ),
]
"""A full image name with its tag or digest."""
Cron = Annotated[str, AfterValidator(_cron), _form(r"\s*\S+(\s+\S+){4}\s*", "0 1 * * *", "30 2 * * 1-6")]
"""A schedule of five fields in UTC, such as `0 1 * * *`."""
Line = Annotated[
    str,
    AfterValidator(_line),
    WithJsonSchema({"type": "string", "pattern": r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$"}),
]
"""One line of text, not empty."""
Text = Annotated[str, AfterValidator(_text)]
"""Any text, of several lines too, without control characters."""
Count = Annotated[int, Field(ge=1, le=10_000)]
"""A whole number from 1 on."""
Port = Annotated[int, Field(ge=1, le=65_535)]
"""A TCP port."""
Value = Annotated[
    str | int | float | bool,
    BeforeValidator(_plain_value),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
"""A parameter's value."""


class SecretKey(Part):
    """One key of a Secret in the database's namespace. Only where the value is, never the value."""

    secret: ObjectName
    """Name of the Secret."""
    key: SecretKeyName
    """Key within it."""
