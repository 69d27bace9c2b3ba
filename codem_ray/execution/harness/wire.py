"""Plain data between the judge's process and the answer's, with their types kept."""

# mypy: ignore-errors

import importlib
import os
import sys

read_fd, write_fd = 5, 6
sys.set_int_max_str_digits(0)
try:
    # What `json` is made of: importing it whole costs as much as starting Python.
    from _json import encode_basestring_ascii, make_encoder, make_scanner
except ImportError:
    from json import dumps, loads
else:

    class _Options:
        strict = True
        object_hook = object_pairs_hook = None
        parse_float, parse_int = float, int
        parse_constant = {
            "NaN": float("nan"),
            "Infinity": float("inf"),
            "-Infinity": float("-inf"),
        }.__getitem__

    _scan = make_scanner(_Options)

    def _refuse(value):
        raise TypeError(f"{type(value).__name__} is no plain data")

    def dumps(value):
        encode = make_encoder(
            {}, _refuse, encode_basestring_ascii, None, ": ", ", ", False, False, True
        )
        return "".join(encode(value, 0))

    def loads(data):
        text = data.decode("utf-8", "surrogatepass")
        try:
            value, end = _scan(text, 0)
        except StopIteration:
            raise ValueError("a message that is no JSON") from None
        if end != len(text):
            raise ValueError("a message with more behind it")
        return value


class PeerGone(BaseException):
    """The other process ended; no `except Exception` of a test may hide it."""


def send(message):
    """Write one message, preceded by its length in 4 bytes."""
    data = dumps(message).encode()
    data = len(data).to_bytes(4, "big") + data
    try:
        while data:
            data = data[os.write(write_fd, data) :]
    except OSError:
        raise PeerGone from None


def _read(count):
    parts = []
    while count:
        try:
            part = os.read(read_fd, min(count, 1 << 20))
        except OSError:
            raise PeerGone from None
        if not part:
            raise PeerGone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive():
    """Read one message."""
    return loads(_read(int.from_bytes(_read(4), "big")))


_DATES = {
    "date": ("year", "month", "day"),
    "datetime": ("year", "month", "day", "hour", "minute", "second", "microsecond"),
    "time": ("hour", "minute", "second", "microsecond"),
    "timedelta": ("days", "seconds", "microseconds"),
}
_VIEWS = {
    type({}.keys()): ("k", lambda items: dict.fromkeys(items).keys()),
    type({}.values()): ("v", lambda items: dict(enumerate(items)).values()),
    type({}.items()): ("i", lambda items: dict(items).items()),
}
_MAKE_VIEW = dict(_VIEWS.values())
_named_tuples = {}


def _named_tuple(name, fields):
    """Return a class of that name and those fields; the same each time."""
    key = (name, *fields)
    if key not in _named_tuples:
        _named_tuples[key] = importlib.import_module("collections").namedtuple(name, fields)
    return _named_tuples[key]


def _known(module, name):
    # Importing these costs more than most programs: a value of theirs means that it was done.
    return getattr(sys.modules.get(module), name, None)


def encode(value, other):
    """Turn a value into JSON; `other` encodes what is no plain data."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, int):
        return int.__index__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list):
        return ["l", [encode(item, other) for item in list.__iter__(value)]]
    if isinstance(value, tuple):
        fields = getattr(kind, "_fields", None)
        # Also a class with methods, whose base is such a class.
        made = kind if kind.__bases__ == (tuple,) else kind.__base__
        if type(fields) is tuple and made.__bases__ == (tuple,) and fields:
            items = [encode(item, other) for item in tuple.__iter__(value)]
            return ["n", kind.__name__, list(fields), items]
        return ["t", [encode(item, other) for item in tuple.__iter__(value)]]
    if isinstance(value, dict):
        return ["d", [[encode(k, other), encode(v, other)] for k, v in dict.items(value)]]
    if isinstance(value, set):
        return ["s", [encode(item, other) for item in set.__iter__(value)]]
    if isinstance(value, frozenset):
        return ["z", [encode(item, other) for item in frozenset.__iter__(value)]]
    if kind is bytes:
        return ["b", value.hex()]
    if kind is bytearray:
        return ["y", value.hex()]
    if kind is complex:
        return ["c", value.real, value.imag]
    if kind is _known("decimal", "Decimal"):
        return ["D", str(value)]
    if kind is _known("fractions", "Fraction"):
        return ["F", value.numerator, value.denominator]
    if kind is _known("collections", "deque"):
        return ["q", [encode(item, other) for item in value], value.maxlen]
    if kind.__module__ == "datetime" and kind is _known("datetime", kind.__name__):
        # Time zones are objects; what has one stays where it is.
        names = _DATES.get(kind.__name__)
        if names and getattr(value, "tzinfo", None) is None and not getattr(value, "fold", 0):
            return ["w", kind.__name__, [getattr(value, name) for name in names]]
    if kind in _VIEWS:
        return [_VIEWS[kind][0], [encode(item, other) for item in value]]
    if kind is range:
        return ["r", value.start, value.stop, value.step]
    return other(value)


def decode(data, other):
    """Turn what `encode` made back; `other` decodes what it does not know."""
    if not isinstance(data, list):
        return data
    tag = data[0]
    if tag == "l":
        return [decode(item, other) for item in data[1]]
    if tag == "t":
        return tuple([decode(item, other) for item in data[1]])
    if tag == "d":
        return {decode(k, other): decode(v, other) for k, v in data[1]}
    if tag == "s":
        return {decode(item, other) for item in data[1]}
    if tag == "z":
        return frozenset([decode(item, other) for item in data[1]])
    if tag == "b":
        return bytes.fromhex(data[1])
    if tag == "y":
        return bytearray.fromhex(data[1])
    if tag == "c":
        return complex(data[1], data[2])
    if tag == "D":
        return importlib.import_module("decimal").Decimal(data[1])
    if tag == "F":
        return importlib.import_module("fractions").Fraction(data[1], data[2])
    if tag == "n":
        items = [decode(item, other) for item in data[3]]
        # A field called `index` would be the answer's function in place of the tuple's.
        if any(hasattr(tuple, name) for name in data[2]):
            return tuple(items)
        return _named_tuple(data[1], data[2])(*items)
    if tag == "q":
        items = [decode(item, other) for item in data[1]]
        return importlib.import_module("collections").deque(items, data[2])
    if tag == "w" and data[1] in _DATES:
        numbers = dict(zip(_DATES[data[1]], data[2], strict=True))
        return getattr(importlib.import_module("datetime"), data[1])(**numbers)
    if tag in _MAKE_VIEW:
        return _MAKE_VIEW[tag]([decode(item, other) for item in data[1]])
    if tag == "r":
        return range(*data[1:])
    return other(data)
