"""Counts the assertions of Python tests, and defines the names that the tests use."""

# mypy: ignore-errors

# Importing `ast` takes longer than most programs run, and only its node classes are needed.
import _ast
import importlib
import sys
import types

import wire
from judge_objects import Exported, decode_object
from judge_report import count_check


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
    """Make each assert statement of the tests count itself as it is reached."""
    for node in list(walk(tree)):
        for field in node._fields:
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, [new for old in statements for new in counted_assert(old)])


def counted_assert(statement):
    """Return a statement, preceded by a call that counts it if it is an assertion."""
    if not isinstance(statement, _ast.Assert):
        return [statement]
    position = {name: getattr(statement, name) for name in statement._attributes}
    name = _ast.Name("__count_check__", _ast.Load(), **position)
    return [_ast.Expr(_ast.Call(name, [], [], **position), **position), statement]


def count_unittest():
    """Make each assert method of unittest count its calls."""
    case = importlib.import_module("unittest").TestCase
    for name in [name for name in dir(case) if name.startswith("assert")]:
        setattr(case, name, counted(getattr(case, name)))


def counted(method):
    """Return a method that counts a check before it is called."""

    def check(*args, **kwargs):
        count_check()
        return method(*args, **kwargs)

    return check


def import_name(name, description):
    """Import a module or member that the answer imported under its real name, such as `math`.

    An import under another name stays in the answer's process: it could be a function that ends the
    tests, or one that makes an object that equals everything.
    """
    module, member = description["module"], description.get("member")
    if name != (member or module) or name.startswith("_"):
        raise ImportError(name)
    if module.split(".")[0] not in sys.stdlib_module_names:
        raise ImportError(module)
    value = importlib.import_module(module)
    return getattr(value, member) if member else value


def define_answer_names(space, names, descriptions, entry):
    """Define the names of the answer that the tests use, and no others."""
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
        space[name] = Exported(name, data[1]) if is_callable else wire.decode(data, decode_object)


def define_benchmark_names(space, path):
    """Run the benchmark's own code; return the names that it defines for the tests."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before = set(space)
    exec(compile(text, path, "exec"), space)
    return {name for name in set(space) - before if not is_record(space[name])}


def is_record(kind):
    """Return whether a value is a class that has fields only.

    The tests pass objects of such a class to the answer, which needs objects of its own class. The
    class's comparison is never used.
    """
    if not isinstance(kind, type) or kind.__module__ != "__main__":
        return False
    members = vars(kind)
    if "_member_map_" in members:
        return True
    constructor = getattr(members.get("__init__"), "__code__", None)
    if constructor is None or kind.__bases__ != (object,):
        return False
    fields = members.get("__dataclass_fields__", ())
    plain = {"__init__", "__repr__", "__str__", "__post_init__", "__dict__", "__weakref__"}
    if fields:
        plain |= {"__eq__", "__replace__"}
    is_plain = all(
        name in fields
        or name in plain
        or (name.startswith("__") and not isinstance(value, types.FunctionType))
        for name, value in members.items()
    )
    # A function among its fields would be the answer's.
    return is_plain and not any(
        isinstance(constant, types.CodeType) for constant in constructor.co_consts
    )
