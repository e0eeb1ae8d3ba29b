"""Values for the kinds of words that fields of the specification take, over all that their checks let through."""

from __future__ import annotations

import re
import string
import types
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_network
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AfterValidator, BeforeValidator

from dbaas_components.databases.spec import part
from dbaas_components.labels import DOMAIN

Strategy = st.SearchStrategy[Any]

_LOWER = string.ascii_lowercase + string.digits
_PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)
_ANY_CHARACTER = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff")


def words(alphabet: str, *, first: str = "", last: str = "", longest: int = 12) -> Strategy:
    """Short words of an alphabet, with a first and a last character of narrower ones."""
    start = st.sampled_from(first or alphabet)
    return (
        st.tuples(
            start,
            st.text(alphabet, max_size=longest - 2),
            st.sampled_from(last or first or alphabet),
        ).map("".join)
        | start
    )


def texts(longest: int = 30) -> Strategy:
    """Any text, of several lines too."""
    return st.text(_PRINTABLE, max_size=longest) | st.text(_ANY_CHARACTER | st.sampled_from("\n\t"), max_size=longest)


def dns_names() -> Strategy:
    """Names that objects in Kubernetes can have."""
    label = words(_LOWER + "-", first=_LOWER, longest=10)
    longest = st.just("x" * 253)
    return st.one_of(label, label, st.lists(label, min_size=2, max_size=3).map(".".join), longest)


def dns_labels(longest: int = 15) -> Strategy:
    """Names that Services can have."""
    return words(_LOWER + "-", first=string.ascii_lowercase, last=_LOWER, longest=longest)


def bytes_between(least: str, most: str) -> Strategy:
    """Sizes in whole Mi, Gi or Ti from one to another."""
    units = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

    def bytes_of(text: str) -> int:
        return int(text[:-2]) * units[text[-2:]]

    low, high = bytes_of(least), bytes_of(most)
    return st.one_of(
        *(
            st.integers(-(-low // factor), high // factor).map(lambda count, unit=unit: f"{count}{unit}")
            for unit, factor in units.items()
            if -(-low // factor) <= high // factor
        )
    )


def durations(least_minutes: int = 1, most_minutes: int = 60 * 24 * 365) -> Strategy:
    """Times from one to another, in one unit or two."""

    def written(minutes: int) -> str:
        days, rest = divmod(minutes, 60 * 24)
        hours, left = divmod(rest, 60)
        return "".join(f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (left, "m")) if count)

    return st.integers(least_minutes, most_minutes).map(written)


def _cron() -> Strategy:
    def field(low: int, high: int) -> Strategy:
        number = st.integers(low, high)
        pair = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
        step = st.integers(2, min(high, 20)).map(lambda count: f"*/{count}")
        return (
            st.just("*")
            | number.map(str)
            | pair
            | step
            | st.lists(number.map(str), min_size=2, max_size=3).map(",".join)
        )

    weekday = st.sampled_from(["*", "*", "0", "6", "1-5", "mon", "SUN", "mon-fri", "0,3"])
    month = st.sampled_from(["*", "*", "1", "1-12", "*/3", "jan", "6,12"])
    # A day that not every month has would not run twice a year, which some objectives want.
    return st.tuples(field(0, 59), field(0, 23), field(1, 28), month, weekday).map(" ".join)


def _images() -> Strategy:
    name = words(_LOWER + "-._/", first=_LOWER)
    tag = words(string.ascii_letters + string.digits + "-._", first=string.ascii_letters + string.digits)
    host = st.sampled_from(["docker.io", "registry.example.com:5000", "mirror.example.com/hub"])
    digest = st.just("") | st.text("0123456789abcdef", min_size=64, max_size=64).map("@sha256:".__add__)
    return st.builds("{}/{}:{}{}".format, host, name, tag, digest)


def _network_ranges() -> Strategy:
    four = st.tuples(st.ip_addresses(v=4), st.integers(0, 32))
    six = st.tuples(st.ip_addresses(v=6), st.integers(0, 128))
    return (four | six).map(lambda found: str(ip_network(f"{found[0]}/{found[1]}", strict=False)))


def _values() -> Strategy:
    numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    return st.text(_PRINTABLE, max_size=15) | numbers | st.booleans()


def _label_keys() -> Strategy:
    # Labels with our own prefixes are refused, and no other key begins so.
    prefixes = ("app.kubernetes.io/", f"{DOMAIN}/")
    first = string.ascii_letters + string.digits
    name = words(first + "-._", first=first) | st.just("x" * 63)
    prefix = st.just("") | dns_names().map("{}/".format)
    return st.builds("{}{}".format, prefix, name).filter(lambda key: not key.startswith(prefixes))


def _label_values() -> Strategy:
    first = string.ascii_letters + string.digits
    return words(first + "-._", first=first) | st.sampled_from(["", "x" * 63])


def _validator(word: Any) -> Any:
    return next(found.func for found in get_args(word)[1:] if isinstance(found, AfterValidator | BeforeValidator))


@cache
def _kinds() -> Mapping[Any, Strategy]:
    """Strategies by the function that checks a kind of word."""
    return MappingProxyType(
        {
            _validator(part.Duration): durations(),
            _validator(part.QuantityWord): st.integers(1, 64_000).map("{}m".format)
            | st.integers(1, 64).map(str)
            | st.sampled_from(["0.5", "1.5"]),
            _validator(part.Bytes): bytes_between("1Mi", "64Ti"),
            _validator(part.ObjectName): dns_names(),
            _validator(part.LabelName): dns_labels(),
            _validator(part.NamespaceName): words(_LOWER + "-", first=_LOWER, longest=20),
            _validator(part.SecretKeyName): words(string.ascii_letters + string.digits + "-._"),
            _validator(part.LabelKey): _label_keys(),
            _validator(part.LabelValue): _label_values(),
            _validator(part.NetworkRange): _network_ranges(),
            _validator(part.Image): _images(),
            _validator(part.Cron): _cron(),
            _validator(part.Line): st.text(_PRINTABLE, min_size=1, max_size=20)
            | st.text(_ANY_CHARACTER, min_size=1, max_size=10),
            _validator(part.Text): texts(),
            _validator(part.Value): _values(),
        }
    )


def values_of(annotation: Any) -> Strategy:
    """Values of an annotation of the specification.

    Raises `TypeError` for one that is not known here: a new kind of word needs a row above.
    """
    if get_origin(annotation) is Annotated:
        return _annotated(annotation)
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return st.integers(-10, 10_000)
    if annotation is str:
        return texts()
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(values_of(arguments[0]), min_size=1, max_size=3, unique=True)
    if origin is dict:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), min_size=1, max_size=3)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values_of, arguments))
    raise TypeError(f"no values are known for {annotation}; add them to tests/strategies/words.py")


def _annotated(annotation: Any) -> Strategy:
    inner, *marks = get_args(annotation)
    for mark in marks:
        if isinstance(mark, AfterValidator | BeforeValidator):
            if mark.func not in _kinds():
                raise TypeError(f"no values are known for {annotation}; add them to tests/strategies/words.py")
            return _kinds()[mark.func]
    bounds = dict(_bounds(marks))
    if inner is int:
        least, most = bounds.get("ge", 0), bounds.get("le", 2**31 - 1)
        # Small ones more often than not: they are what people write, and where bounds are met.
        return st.integers(least, min(most, least + 20)) | st.integers(least, most)
    if inner is str and bounds.get("pattern"):
        # What pydantic calls the end is the end of the text; to `re` it is also before a last line break.
        pattern = re.compile(bounds["pattern"].removeprefix("^").removesuffix("$"))
        return st.from_regex(pattern, fullmatch=True, alphabet=_PRINTABLE)
    raise TypeError(f"no values are known for {annotation}; add them to tests/strategies/words.py")


def _bounds(marks: list[Any]) -> Iterator[tuple[str, Any]]:
    for mark in marks:
        for found in (mark, *getattr(mark, "metadata", ())):
            for word in ("ge", "le", "pattern"):
                if getattr(found, word, None) is not None:
                    yield word, getattr(found, word)
