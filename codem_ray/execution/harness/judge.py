"""Runs the tests of Python problems, each in a child; asks the answer for what it computes.

One request a line comes on standard input: the secret of a run, a space, the folder of its tests.
"""

# mypy: ignore-errors
# ruff: noqa: PTH100, PTH120

# Not `ast`: importing it costs more than most programs, and this is all that is needed of it.
import _ast
import builtins
import importlib
import os
import sys
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire

REPORT_FD = 4
secret = b""
callbacks = []
checks = 0
MAX_ITEMS = 1_000_000
source = ""
PARSE_ONLY = 0x400
"""Flag of `compile`, as ast.PyCF_ONLY_AST."""


def report(status, message=""):
    """Write the verdict and end; nothing after the first report counts."""
    line = b"%s %s %d %s\n" % (
        secret,
        status.encode(),
        checks,
        " ".join(message.split())[:1500].encode("utf-8", "replace"),
    )
    os.write(REPORT_FD, line)
    os._exit(0)


def report_failure(problem):
    """Report an exception with the last line of the tests that it passed."""
    line = 0
    trace = problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "tests.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    text = source.splitlines()[line - 1].strip() if line else ""
    status = "error" if hasattr(problem, "is_from_answer") else "failed"
    report(status, f"{type(problem).__name__}: {problem} (test line {line}: {text})")


def count_check():
    global checks
    checks += 1


def other(value):
    if isinstance(value, Remote):
        return ["h", object.__getattribute__(value, "_number")]
    if isinstance(value, Exported):
        return ["h", value.number]
    callbacks.append(value)
    return ["cb", len(callbacks) - 1]


def callback(number):
    if type(number) is not int or not 0 <= number < len(callbacks):
        raise LookupError("no such callback")
    return callbacks[number]


def remote(data):
    return callback(data[1]) if data[0] == "cb" else Remote(data[1], data[2], data[3])


def raise_again(reply):
    """Raise what the answer raised: the first base that is a builtin decides what catches it."""
    # Exceptions only: the answer's process must not be able to raise SystemExit here.
    known = (getattr(builtins, name, None) for name in reply["bases"])
    base = next(
        (kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)),
        Exception,
    )
    name = reply["error"]
    kind = base if base.__name__ == name else type(name, (base,), {})
    if issubclass(kind, (StopIteration, StopAsyncIteration)) and "StopIteration" not in source:
        # It would end a loop of the tests, `all(map(...))` say, as if all had been looked at.
        kind = AnswerStopped
    try:
        problem = kind(reply["message"])
    except TypeError:
        problem = type(name, (Exception,), {})(reply["message"])
    problem.is_from_answer = True
    raise problem


class AnswerStopped(RuntimeError):
    """The answer raised StopIteration."""


def ask(request):
    try:
        return exchange(request)
    except wire.PeerGone:
        # At once: a test that expects an exception must not take this for one.
        report("gone", "the answer's process ended before the tests did")


def exchange(request):
    wire.send(request)
    while True:
        reply = wire.receive()
        if "callback" in reply:
            serve(reply)
            continue
        if "syntax" in reply or "names" in reply:
            return reply
        if "error" in reply:
            raise_again(reply)
        return reply


def serve(request):
    """Call a function of the tests for the answer.

    An assertion that fails in it is the verdict: the answer could catch it. Any other error may be
    meant for the answer, so it gets it; the checks of such a call do not count.
    """
    global checks
    before = checks
    try:
        value = callback(request["callback"])(
            *wire.decode(request["args"], remote), **wire.decode(request["kwargs"], remote)
        )
    except Exception as problem:
        if isinstance(problem, AssertionError) and not hasattr(problem, "is_from_answer"):
            report_failure(problem)
        checks = before
        wire.send({"error": type(problem).__name__, "message": str(problem)[:2000]})
    else:
        wire.send({"value": wire.encode(value, other)})


def update(old, new):
    """Make a mutable argument what the answer made of its copy, in place."""
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


def call(target, args, kwargs):
    reply = ask(
        {
            "op": "call",
            **target,
            "args": wire.encode(args, other),
            "kwargs": wire.encode(kwargs, other),
        }
    )
    if "after" in reply:
        update(args, wire.decode(reply["after"][0], remote))
        update(kwargs, wire.decode(reply["after"][1], remote))
    return wire.decode(reply["value"], remote)


def items(iterator):
    """Look through an iterable of the answer's, in blocks that grow: it may have no end."""
    total, count = 0, 1
    while True:
        reply = ask({"op": "next", "iterator": iterator, "count": count})
        block = wire.decode(reply["value"], remote)
        total += len(block)
        if total > MAX_ITEMS:
            report("error", f"more than {MAX_ITEMS} items of an iterable")
        yield from block
        if "problem" in reply:
            raise_again(reply["problem"])
        if len(block) < count:
            return
        count = min(2 * count, 4096)


class Remote:
    """Something of the answer's that is no plain data: it equals nothing."""

    __slots__ = ("_callable", "_kind", "_number")

    def __init__(self, number, kind, is_callable):
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_callable", is_callable)

    def _ask(self, op, **details):
        number = object.__getattribute__(self, "_number")
        return wire.decode(ask({"op": op, "handle": number, **details})["value"], remote)

    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        return self._ask("attribute", key=key)

    def __setattr__(self, key, value):
        self._ask("assign", key=key, value=wire.encode(value, other))

    def __getitem__(self, key):
        return self._ask("item", key=wire.encode(key, other))

    def __iter__(self):
        number = object.__getattribute__(self, "_number")
        return items(ask({"op": "iterate", "handle": number})["iterator"])

    def __next__(self):
        # An iterator's position lives in the answer's process; `next` there is a call here.
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
    """A callable of the answer's, under the name that it has there."""

    def __init__(self, name, number):
        self.__name__ = self.__qualname__ = name
        self.number = number

    def __call__(self, *args, **kwargs):
        return call({"name": self.__name__}, args, kwargs)

    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        return wire.decode(
            ask({"op": "attribute", "name": self.__name__, "key": key})["value"], remote
        )


def walk(tree):
    """Yield all nodes of a syntax tree."""
    waiting = [tree]
    for node in waiting:
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            children = value if isinstance(value, list) else [value]
            waiting.extend(child for child in children if isinstance(child, _ast.AST))


def count_asserts(tree):
    """Count each assert statement of the tests as it is reached."""
    for node in list(walk(tree)):
        for field in node._fields:
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, [one for old in statements for one in counted_assert(old)])


def counted_assert(statement):
    if not isinstance(statement, _ast.Assert):
        return [statement]
    place = {name: getattr(statement, name) for name in statement._attributes}
    name = _ast.Name("__count_check__", _ast.Load(), **place)
    return [_ast.Expr(_ast.Call(name, [], [], **place), **place), statement]


def count_unittest():
    case = importlib.import_module("unittest").TestCase
    for name in [name for name in dir(case) if name.startswith("assert")]:
        setattr(case, name, counted(getattr(case, name)))


def counted(method):
    def check(*args, **kwargs):
        count_check()
        return method(*args, **kwargs)

    return check


def import_name(name, description):
    """Import what the answer imports under its own name, `math` or `Counter` say.

    Under any other name it stays with the answer: it could be a function that ends the tests, or
    makes an object that equals everything.
    """
    module, member = description["module"], description.get("member")
    if name != (member or module) or name.startswith("_"):
        raise ImportError(name)
    if module.split(".")[0] not in sys.stdlib_module_names:
        raise ImportError(module)
    value = importlib.import_module(module)
    return getattr(value, member) if member else value


def fill(space, names, descriptions, entry):
    """Give the tests the names of the answer's that they use, and no other."""
    for name in names:
        description = descriptions.get(name)
        if description is None:
            continue
        if "module" in description and name != entry:
            try:
                space[name] = import_name(name, description)
                continue
            except (ImportError, AttributeError):
                pass
        data = description["value"]
        is_callable = isinstance(data, list) and data[0] == "h" and data[3]
        space[name] = Exported(name, data[1]) if is_callable else wire.decode(data, remote)


def supply(space, path):
    """Run what the benchmark wrote; return the names that the tests then have."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before = set(space)
    exec(compile(text, path, "exec"), space)
    return {name for name in set(space) - before if not is_record(space[name])}


def is_record(kind):
    """Say whether it is a class that has fields alone.

    The tests make objects of it for the answer, and only objects of the answer's own can be used
    there. What it does to compare them is never asked for.
    """
    if not isinstance(kind, type) or kind.__module__ != "__main__":
        return False
    own = vars(kind)
    if "_member_map_" in own:
        return True
    made = getattr(own.get("__init__"), "__code__", None)
    if made is None or kind.__bases__ != (object,):
        return False
    fields = own.get("__dataclass_fields__", ())
    plain = {"__init__", "__repr__", "__str__", "__post_init__", "__dict__", "__weakref__"}
    if fields:
        plain |= {"__eq__", "__replace__"}
    is_plain = all(
        name in fields
        or name in plain
        or (name.startswith("__") and not isinstance(value, types.FunctionType))
        for name, value in own.items()
    )
    # A function among its fields would be the answer's.
    return is_plain and not any(isinstance(one, types.CodeType) for one in made.co_consts)


def main():
    global source
    with open("tests.py", encoding="utf-8") as file:
        source = file.read()
    tree = compile(source, "tests.py", "exec", PARSE_ONLY, dont_inherit=True)
    with open("entry.txt", encoding="utf-8") as file:
        entry = file.read()
    # unittest.main looks for its tests in the module of this name.
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    space = module.__dict__
    space["__count_check__"] = count_check
    if "unittest" in source:
        count_unittest()
    own = supply(space, "context.py") | supply(space, "given.py")
    # An answer may not replace what the tests take for the language's own, `abs` say, nor a helper
    # that the benchmark wrote.
    names = sorted(
        {
            node.id
            for node in walk(tree)
            if isinstance(node, _ast.Name)
            and (node.id == entry or not (node.id in own or hasattr(builtins, node.id)))
        }
    )
    try:
        reply = ask({"names": names})
    except Exception as problem:
        report("error", f"{type(problem).__name__}: {problem}")
    if "syntax" in reply:
        report("compile", reply["syntax"])
    try:
        fill(space, names, reply["names"], entry)
    except Exception as problem:
        report("error", f"the answer's names cannot be read: {type(problem).__name__}: {problem}")
    count_asserts(tree)
    try:
        exec(compile(tree, "tests.py", "exec", dont_inherit=True), space)
    except Exception as problem:
        report_failure(problem)
    report("ok")


def judge():
    """Run the tests of the folder that is the current one, to a report."""
    try:
        main()
    except RecursionError:
        report("error", "a value too deep to be sent")
    except SystemExit as problem:
        # As unittest.main ends; only the tests can have raised it.
        report("failed" if problem.code else "ok", f"the tests ended with status {problem.code}")
    except KeyboardInterrupt as problem:
        report("failed", f"the tests ended by {type(problem).__name__}")


def requests():
    """Yield the requests; nothing of Python's may hold what stands behind the first line end."""
    waiting = b""
    while True:
        line, end, rest = waiting.partition(b"\n")
        if end:
            waiting = rest
            yield line.split(b" ", 1)
            continue
        data = os.read(0, 4096)
        if not data:
            return
        waiting += data


def end_group(leader):
    """End what the tests started and left."""
    try:  # noqa: SIM105
        os.killpg(leader, 9)
    except OSError:
        pass


def stay():
    """Judge one program after the other."""
    global secret
    os.write(REPORT_FD, b"ready\n")
    for request in requests():
        secret, folder = request
        wire.read_fd = os.open(folder + b"/from_answer", os.O_RDONLY)
        wire.write_fd = os.open(folder + b"/to_answer", os.O_WRONLY)
        os.write(REPORT_FD, b"opened\n")
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
            os.chdir(folder)
            judge()
        os.close(wire.read_fd)
        os.close(wire.write_fd)
        _, status = os.waitpid(child, 0)
        end_group(child)
        if status:
            # It gave no verdict: how it ended is seen from how this ends.
            if os.WIFSIGNALED(status):
                os.kill(os.getpid(), os.WTERMSIG(status))
            os._exit(os.waitstatus_to_exitcode(status) & 255)
        os.write(REPORT_FD, b"ready\n")


stay()
