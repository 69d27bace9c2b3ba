"""The check of EvalPlus: an answer must do what the reference does, on all inputs."""

# This source is the beginning of the tests of each problem, which end in a call of `check`. It runs
# beside the tests, in Python's isolated mode. The comparison is that of EvalPlus 0.3.1
# (`evalplus.eval.unsafe_execute`), written anew.
# mypy: ignore-errors

import copy
import math

SET_EQUAL = (
    *("similar_elements", "find_char_long", "common_in_nested_lists", "extract_singly"),
    *("larg_nnum", "intersection_array", "find_dissimilar", "Diff"),
)
"""Functions of MBPP+ whose results are compared as sets."""
NOT_NONE = ("check_str", "text_match_three", "text_starta_endb")
"""Functions of MBPP+ whose results are compared only by whether they are None."""


def check(answer, name, reference, inputs, tolerance):
    """Assert that a function gives the results of the reference.

    `reference` is the source of a module that defines a function of the same `name`; `inputs` holds
    the arguments of each call; `tolerance` is absolute, and at least 1e-6 once a result is a float.
    """
    module = {}
    exec(reference, module)
    for arguments in inputs:
        # Either function may change its arguments.
        result = answer(*copy.deepcopy(arguments))
        if name == "find_zero":
            is_root = abs(polynomial(arguments[0], result)) <= tolerance
            assert is_root, describe_call(name, arguments, result)
            continue
        expected = module[name](*copy.deepcopy(arguments))
        is_equal = is_accepted(name, arguments, result, expected, tolerance)
        if tolerance == 0 and is_floats(expected):
            tolerance = 1e-6
        is_right = is_equal or (tolerance != 0 and is_close(result, expected, tolerance))
        assert is_right, f"{describe_call(name, arguments, result)}, not {expected!r:.200}"


def is_accepted(name, arguments, result, expected, tolerance):
    """Return whether a result is equal to the reference's, or is another correct result."""
    if name in NOT_NONE:
        return (result if isinstance(result, bool) else result is not None) == (
            expected is not None
        )
    if name in SET_EQUAL:
        return set(result) == set(expected)
    if result == expected:
        return True
    if name == "surface_Area":
        return abs(result - pyramid_surface(*arguments)) <= tolerance
    if name == "digit_distance_nums":
        return result == digit_distance(*arguments)
    return name == "are_equivalent" or (name == "sum_div" and result == 0)


def is_floats(value):
    """Return whether a value is a float, or a list, tuple or array of floats."""
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float) or str(getattr(value, "dtype", "")) in ("float32", "float64")


def is_close(result, expected, tolerance):
    """Return whether two values of one type have the same length and close numbers."""
    import numpy

    if type(result) is not type(expected):
        return False
    if isinstance(expected, list | tuple) and len(result) != len(expected):
        return False
    try:
        return bool(numpy.allclose(result, expected, rtol=1e-07, atol=tolerance))
    except TypeError:  # not numbers
        return False


def polynomial(coefficients, x):
    """Return the value of the polynomial with these coefficients, the constant first, at x."""
    return sum(factor * math.pow(x, power) for power, factor in enumerate(coefficients))


def pyramid_surface(base, height):
    """Return the rounded surface of a square pyramid of a perpendicular height."""
    return round(base**2 + 2 * base * math.sqrt((base / 2) ** 2 + height**2))


def digit_distance(one, other):
    """Return the sum of the differences of two numbers' digits, from the right."""
    width = max(len(str(one)), len(str(other)))
    pairs = zip(str(one).zfill(width), str(other).zfill(width), strict=True)
    return sum(abs(int(a) - int(b)) for a, b in pairs)


def describe_call(name, arguments, result):
    """Describe a call and its result in at most 500 characters."""
    return f"{name}({', '.join(map(repr, arguments))}"[:300] + f") is {result!r:.200}"
