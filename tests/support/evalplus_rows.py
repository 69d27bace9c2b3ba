"""Problems in the forms of EvalPlus and MBPP, written anew."""

from __future__ import annotations

from typing import Any

HUMANEVAL_PLUS: dict[str, Any] = {
    "task_id": "HumanEval/4",
    "prompt": "from typing import List\n\n\ndef mean_distance(numbers: List[float]) -> float:\n"
    '    """Return the mean distance of numbers from their mean.\n    """\n',
    "entry_point": "mean_distance",
    "canonical_solution": "    mean = sum(numbers) / len(numbers)\n"
    "    return sum(abs(x - mean) for x in numbers) / len(numbers)\n",
    "contract": "\n    assert len(numbers), 'invalid inputs' # $_CONTRACT_$\n",
    "base_input": [[[1.0, 2.0]], [[1.0, 2.0, 3.0]]],
    "plus_input": [[[0.1, 0.2, 0.3]], [[1e10, 1.0]], [[float(n) for n in range(200)]]],
    "atol": 1e-06,
}
"""Answers with numpy pass although they add in another order."""
MBPP_PLUS: dict[str, Any] = {
    "task_id": "Mbpp/2",
    "prompt": '"""\nWrite a function to find the shared elements from the given two lists.\n'
    "assert set(similar_elements((3, 4), (5, 4))) == set((4,))\n"
    '"""\n',
    "entry_point": "similar_elements",
    "canonical_solution": "\ndef similar_elements(test_tup1, test_tup2):\n"
    "  return tuple(set(test_tup1) & set(test_tup2))\n",
    "contract": "\n  assert isinstance(test_tup1, tuple) # $_CONTRACT_$\n",
    "base_input": [[[3, 4, 5, 6], [5, 7, 4, 10]]],
    "plus_input": [[[], []], [[1, 2, 2, "a"], [2, "a"]]],
    "atol": 0,
}
"""Results count as sets, and the inputs are tuples."""
HUB_HUMANEVAL_PLUS: dict[str, Any] = {
    **{k: v for k, v in HUMANEVAL_PLUS.items() if k in ("task_id", "prompt", "entry_point")},
    "canonical_solution": HUMANEVAL_PLUS["canonical_solution"],
    "test": "import numpy as np\n\ndef check(candidate):\n"
    "    for values, expected in (([1.0, 2.0], 0.5), ([1.0, 2.0, 3.0], 2 / 3)):\n"
    "        assert np.allclose(candidate(values), expected, rtol=1e-07, atol=1e-06)\n",
}
MBPP: dict[str, Any] = {
    "task_id": 2,
    "text": "Write a function to find the shared elements from the given two lists.",
    "code": "def similar_elements(a, b):\r\n  return tuple(sorted(set(a) & set(b)))\r\n",
    "test_list": ["assert similar_elements((3, 4, 5), (5, 4, 9)) == (4, 5)"],
    "test_setup_code": "",
    "challenge_test_list": [],
}
HUB_MBPP_PLUS: dict[str, Any] = {
    "task_id": 2,
    "code": MBPP["code"],
    "prompt": MBPP["text"],
    "source_file": "Benchmark Questions Verification V2.ipynb",
    "test_imports": [],
    "test_list": ["assert set(similar_elements((3, 4, 5), (5, 4, 9))) == set((4, 5))"],
    "test": "import numpy as np\n\n\ndef assertion(out, exp, atol):\n"
    "    assert set(out) == set(exp), f'out: {out}, exp: {exp}'\n\n\n"
    "inputs = [[(3, 4, 5, 6), (5, 7, 4, 10)]]\nresults = [(4, 5)]\n"
    "for i, (inp, exp) in enumerate(zip(inputs, results)):\n"
    "    assertion(similar_elements(*inp), exp, 0)\n",
}
