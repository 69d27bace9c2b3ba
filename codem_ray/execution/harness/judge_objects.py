"""Proxies of the answer's functions and objects; each use asks the answer's process."""

# mypy: ignore-errors

import builtins

import judge_report
import wire
from judge_report import report, report_failure

MAX_ITEMS = 1_000_000
callbacks = []


def encode_object(value):
    """Encode a value that is not plain data: a handle of the answer's object, or a callback."""
    if isinstance(value, Remote):
        return ["h", object.__getattribute__(value, "_number")]
    if isinstance(value, Exported):
        return ["h", value.number]
    callbacks.append(value)
    return ["cb", len(callbacks) - 1]


def decode_object(data):
    """Decode a callback of the tests or a handle of the answer's object."""
    return callback(data[1]) if data[0] == "cb" else Remote(data[1], data[2], data[3])


def callback(number):
    """Return a callable that the tests passed to the answer."""
    if type(number) is not int or not 0 <= number < len(callbacks):
        raise LookupError("no such callback")
    return callbacks[number]


class AnswerStopped(RuntimeError):
    """The answer raised StopIteration."""


def reraise(reply):
    """Raise the answer's exception: its first builtin base decides what catches it."""
    # Exceptions only: the answer's process must not be able to raise SystemExit here.
    bases = (getattr(builtins, name, None) for name in reply["bases"])
    base = next(
        (kind for kind in bases if isinstance(kind, type) and issubclass(kind, Exception)),
        Exception,
    )
    name = reply["error"]
    kind = base if base.__name__ == name else type(name, (base,), {})
    is_stop = issubclass(kind, (StopIteration, StopAsyncIteration))
    if is_stop and "StopIteration" not in judge_report.source:
        # It would end a loop of the tests such as `all(map(...))` as if every item had been seen.
        kind = AnswerStopped
    try:
        error = kind(reply["message"])
    except TypeError:
        error = type(name, (Exception,), {})(reply["message"])
    error.is_from_answer = True
    raise error


def ask(request):
    """Send a request to the answer's process and return its reply."""
    try:
        return exchange(request)
    except wire.PeerGone:
        # Reported at once: a test that expects an exception must not take this for one.
        report("gone", "the answer's process ended before the tests did")


def exchange(request):
    """Send a request, serve the answer's callbacks, and return the reply."""
    wire.send(request)
    while True:
        reply = wire.receive()
        if "callback" in reply:
            serve(reply)
            continue
        if "syntax" in reply or "names" in reply:
            return reply
        if "error" in reply:
            reraise(reply)
        return reply


def serve(request):
    """Call a function of the tests for the answer.

    An assertion that fails in it is the verdict, since the answer could catch it. Any other error
    may be meant for the answer, so the answer gets it, and the checks of such a call do not count.
    """
    checks_before = judge_report.checks
    try:
        value = callback(request["callback"])(
            *wire.decode(request["args"], decode_object),
            **wire.decode(request["kwargs"], decode_object),
        )
    except Exception as error:
        if isinstance(error, AssertionError) and not hasattr(error, "is_from_answer"):
            report_failure(error)
        judge_report.checks = checks_before
        wire.send({"error": type(error).__name__, "message": str(error)[:2000]})
    else:
        wire.send({"value": wire.encode(value, encode_object)})


def call(target, args, kwargs):
    """Call a function of the answer and apply its changes to mutable arguments."""
    reply = ask(
        {
            "op": "call",
            **target,
            "args": wire.encode(args, encode_object),
            "kwargs": wire.encode(kwargs, encode_object),
        }
    )
    if "after" in reply:
        update(args, wire.decode(reply["after"][0], decode_object))
        update(kwargs, wire.decode(reply["after"][1], decode_object))
    return wire.decode(reply["value"], decode_object)


def update(old, new):
    """Change a mutable argument in place as the answer changed its copy."""
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        if len(old) == len(new):
            new = [update(a, b) for a, b in zip(old, new, strict=True)]
        if isinstance(old, list):
            old[:] = new
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        merged = {
            key: update(old[key], value) if key in old else value for key, value in new.items()
        }
        old.clear()
        old.update(merged)
        return old
    if isinstance(old, set) and isinstance(new, set):
        old.clear()
        old.update(new)
        return old
    if type(old).__name__ == "deque" and type(old) is type(new):
        old.clear()
        old.extend(new)
        return old
    if isinstance(old, bytearray) and isinstance(new, bytearray):
        old[:] = new
        return old
    return new if type(old) in (int, float, str, bool, bytes, type(None)) else old


def items(iterator):
    """Iterate over an iterable of the answer in growing blocks, because it may be endless."""
    total, count = 0, 1
    while True:
        reply = ask({"op": "next", "iterator": iterator, "count": count})
        block = wire.decode(reply["value"], decode_object)
        total += len(block)
        if total > MAX_ITEMS:
            report("error", f"more than {MAX_ITEMS} items of an iterable")
        yield from block
        if "problem" in reply:
            reraise(reply["problem"])
        if len(block) < count:
            return
        count = min(2 * count, 4096)


class Remote:
    """An object of the answer that is not plain data; it equals nothing."""

    __slots__ = ("_callable", "_kind", "_number")

    def __init__(self, number, kind, is_callable):
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_callable", is_callable)

    def _ask(self, op, **details):
        number = object.__getattribute__(self, "_number")
        return wire.decode(ask({"op": op, "handle": number, **details})["value"], decode_object)

    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        return self._ask("attribute", key=key)

    def __setattr__(self, key, value):
        self._ask("assign", key=key, value=wire.encode(value, encode_object))

    def __getitem__(self, key):
        return self._ask("item", key=wire.encode(key, encode_object))

    def __iter__(self):
        number = object.__getattribute__(self, "_number")
        return items(ask({"op": "iterate", "handle": number})["iterator"])

    def __next__(self):
        # The position of an iterator is kept in the answer's process, so `next` is a call there.
        try:
            return self._ask("attribute", key="__next__")()
        except AnswerStopped:
            raise StopIteration from None

    def __len__(self):
        return self._ask("length")

    def __bool__(self):
        return self._ask("truth")

    def __call__(self, *args, **kwargs):
        return call({"handle": object.__getattribute__(self, "_number")}, args, kwargs)

    def __eq__(self, value):
        return False

    def __ne__(self, value):
        return True

    __hash__ = object.__hash__

    def __repr__(self):
        return f"<{object.__getattribute__(self, '_kind')} of the answer>"


class Exported:
    """A callable of the answer, called by its name."""

    def __init__(self, name, number):
        self.__name__ = self.__qualname__ = name
        self.number = number

    def __call__(self, *args, **kwargs):
        return call({"name": self.__name__}, args, kwargs)

    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        reply = ask({"op": "attribute", "name": self.__name__, "key": key})
        return wire.decode(reply["value"], decode_object)
