"""Runs the answer to a Python problem and calls its functions when the judge asks."""

# mypy: ignore-errors
# ruff: noqa: PTH100, PTH120

import os
import sys
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire

# The folders of packages that the benchmark supplies.
sys.path += sys.argv[1:]
del sys.argv[1:]

handles = []
space = {}
iterators = []


def encode_object(value):
    """Encode a value that is not plain data: it stays here; only its number and kind are sent."""
    if isinstance(value, Callback):
        return ["cb", value.number]
    handles.append(value)
    return ["h", len(handles) - 1, type(value).__name__, callable(value)]


class Callback:
    """A function of the tests, passed as an argument."""

    def __init__(self, number):
        self.number = number

    def __call__(self, *args, **kwargs):
        wire.send(
            {
                "callback": self.number,
                "args": wire.encode(args, encode_object),
                "kwargs": wire.encode(kwargs, encode_object),
            }
        )
        # The callback may use objects of the answer before it returns.
        while "op" in (reply := wire.receive()):
            wire.send(respond(reply))
        if "error" in reply:
            kind = getattr(__import__("builtins"), reply["error"], RuntimeError)
            raise kind(reply["message"])
        return wire.decode(reply["value"], decode_object)


def decode_object(data):
    """Decode a handle of an object of this process, or a callback of the tests."""
    return handles[data[1]] if data[0] == "h" else Callback(data[1])


def describe(value):
    """Describe a module-level value: data, a callable, or a module or member of the library."""
    described = {"value": wire.encode(value, encode_object)}
    if isinstance(value, types.ModuleType):
        return {"module": value.__name__, **described}
    origin, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if (
        isinstance(origin, str)
        and origin.split(".")[0] in sys.stdlib_module_names
        and isinstance(name, str)
        and origin != "__main__"
    ):
        return {"module": origin, "member": name, **described}
    return described


def load(names):
    """Run the answer; return descriptions of the names that the tests use."""
    global space
    # The module is called `answer` so that a demo guarded by `__main__` does not run.
    module = types.ModuleType("answer")
    sys.modules["answer"] = module
    for path in ("context.py", "answer.py"):
        with open(path, encoding="utf-8") as file:
            source = file.read()
        exec(compile(source, path, "exec"), module.__dict__)
    space = module.__dict__
    return {name: describe(space[name]) for name in names if name in space}


def perform(request):
    """Carry out a request of the judge."""
    op = request["op"]
    if op == "next":
        return next_items(iterators[request["iterator"]], request["count"])
    target = space[request["name"]] if "name" in request else handles[request["handle"]]
    if op == "call":
        args = wire.decode(request["args"], decode_object)
        kwargs = wire.decode(request["kwargs"], decode_object)
        value = target(*args, **kwargs)
        reply = {"value": wire.encode(value, encode_object)}
        number = len(handles)
        after = [wire.encode(args, encode_object), wire.encode(kwargs, encode_object)]
        del handles[number:]
        if after != [request["args"], request["kwargs"]]:
            reply["after"] = after
        return reply
    if op == "attribute":
        return {"value": wire.encode(getattr(target, request["key"]), encode_object)}
    if op == "assign":
        setattr(target, request["key"], wire.decode(request["value"], decode_object))
        return {"value": None}
    if op == "item":
        return {
            "value": wire.encode(target[wire.decode(request["key"], decode_object)], encode_object)
        }
    if op == "length":
        return {"value": len(target)}
    if op == "truth":
        return {"value": bool(target)}
    iterators.append(iter(target))
    return {"iterator": len(iterators) - 1}


def next_items(iterator, count):
    """Return the next items, and the error that follows them if there is one."""
    found, reply = [], {}
    try:
        while len(found) < count:
            found.append(next(iterator))
    except StopIteration:
        pass
    except Exception as error:
        reply["problem"] = describe_error(error)
    return {**reply, "value": wire.encode(found, encode_object)}


def describe_error(error):
    """Describe an exception with the names of its classes."""
    return {
        "error": type(error).__name__,
        "message": str(error)[:2000],
        "bases": [kind.__name__ for kind in type(error).__mro__],
    }


def respond(request):
    """Carry out a request; return its reply or a description of the error."""
    try:
        return perform(request)
    except Exception as error:
        return describe_error(error)


def main():
    try:
        reply = {"names": load(wire.receive()["names"])}
    except SyntaxError as error:
        reply = {"syntax": f"{type(error).__name__}: {error}"[:2000]}
    except Exception as error:
        reply = describe_error(error)
    while True:
        wire.send(reply)
        reply = respond(wire.receive())


try:
    main()
except wire.PeerGone:
    os._exit(0)
