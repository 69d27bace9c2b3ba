"""Messages between the judge's process and the answer's: plain data that keeps its types."""

# mypy: ignore-errors

import importlib
import os
import sys

read_fd, write_fd = 5, 6
sys.set_int_max_str_digits(0)
try:
    # Only parts of `json`, because importing all of it takes as long as starting Python.
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
        raise TypeError(f"{type(value).__name__} is not plain data")

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
            raise ValueError("a message is not JSON") from None
        if end != len(text):
            raise ValueError("a message has text after its end")
        return value


class PeerGone(BaseException):
    """The other process ended. Not an Exception, so that no test can catch it by accident."""


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
    """Return the class with this name and these fields, the same one for each call."""
    key = (name, *fields)
    if key not in _named_tuples:
        _named_tuples[key] = importlib.import_module("collections").namedtuple(name, fields)
    return _named_tuples[key]


def _loaded(module, name):
    """Return a member of a module. None if nothing has imported the module yet."""
    # Importing these modules takes longer than most programs, and a value of such a type exists
    # only where its module has been imported.
    return getattr(sys.modules.get(module), name, None)


def encode(value, encode_object):
    """Turn a value into JSON; `encode_object` encodes values that are not plain data."""
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
        return ["l", [encode(item, encode_object) for item in list.__iter__(value)]]
    if isinstance(value, tuple):
        fields = getattr(kind, "_fields", None)
        # A class with methods has the named tuple as its base.
        named_tuple = kind if kind.__bases__ == (tuple,) else kind.__base__
        if type(fields) is tuple and named_tuple.__bases__ == (tuple,) and fields:
            items = [encode(item, encode_object) for item in tuple.__iter__(value)]
            return ["n", kind.__name__, list(fields), items]
        return ["t", [encode(item, encode_object) for item in tuple.__iter__(value)]]
    if isinstance(value, dict):
        return [
            "d",
            [[encode(k, encode_object), encode(v, encode_object)] for k, v in dict.items(value)],
        ]
    if isinstance(value, set):
        return ["s", [encode(item, encode_object) for item in set.__iter__(value)]]
    if isinstance(value, frozenset):
        return ["z", [encode(item, encode_object) for item in frozenset.__iter__(value)]]
    if kind is bytes:
        return ["b", value.hex()]
    if kind is bytearray:
        return ["y", value.hex()]
    if kind is complex:
        return ["c", value.real, value.imag]
    if kind is _loaded("decimal", "Decimal"):
        return ["D", str(value)]
    if kind is _loaded("fractions", "Fraction"):
        return ["F", value.numerator, value.denominator]
    if kind is _loaded("collections", "deque"):
        return ["q", [encode(item, encode_object) for item in value], value.maxlen]
    if kind.__module__ == "datetime" and kind is _loaded("datetime", kind.__name__):
        # A time zone is an object, so a value with one is sent as a handle.
        names = _DATES.get(kind.__name__)
        if names and getattr(value, "tzinfo", None) is None and not getattr(value, "fold", 0):
            return ["w", kind.__name__, [getattr(value, name) for name in names]]
    if kind in _VIEWS:
        return [_VIEWS[kind][0], [encode(item, encode_object) for item in value]]
    if kind is range:
        return ["r", value.start, value.stop, value.step]
    if isinstance(value, _loaded("numpy", "generic") or ()):
        plain = value.item()
        return encode_object(value) if type(plain) is kind else encode(plain, encode_object)
    return encode_object(value)


def decode(data, decode_object):
    """Reverse `encode`; `decode_object` decodes values that are not plain data."""
    if not isinstance(data, list):
        return data
    tag = data[0]
    if tag == "l":
        return [decode(item, decode_object) for item in data[1]]
    if tag == "t":
        return tuple([decode(item, decode_object) for item in data[1]])
    if tag == "d":
        return {decode(k, decode_object): decode(v, decode_object) for k, v in data[1]}
    if tag == "s":
        return {decode(item, decode_object) for item in data[1]}
    if tag == "z":
        return frozenset([decode(item, decode_object) for item in data[1]])
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
        items = [decode(item, decode_object) for item in data[3]]
        # A field called `index` would replace the tuple's method by a value of the answer.
        if any(hasattr(tuple, name) for name in data[2]):
            return tuple(items)
        return _named_tuple(data[1], data[2])(*items)
    if tag == "q":
        items = [decode(item, decode_object) for item in data[1]]
        return importlib.import_module("collections").deque(items, data[2])
    if tag == "w" and data[1] in _DATES:
        numbers = dict(zip(_DATES[data[1]], data[2], strict=True))
        return getattr(importlib.import_module("datetime"), data[1])(**numbers)
    if tag in _MAKE_VIEW:
        return _MAKE_VIEW[tag]([decode(item, decode_object) for item in data[1]])
    if tag == "r":
        return range(*data[1:])
    return decode_object(data)
