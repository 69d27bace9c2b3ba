"""The families of the benchmark; all other families are for tuning.

The split was fixed before any model was trained. No corpus contains a family of the benchmark, its
wordings or its parameters; every kind of problem has families on both sides.
"""

from __future__ import annotations

BENCHMARK_CODE = frozenset(
    {
        # arithmetic
        "branch",
        "larger",
        "remainders",
        # numbers
        "digit_sum",
        "round_up",
        "number_pairs",
        # strings
        "replace_backwards",
        "both_ends",
        "write_times",
        # lists
        "keep_where",
        "map_branch",
        "running_totals",
        # searching
        "first_place",
        "all_elements",
        "best_place",
        # counting
        "weigh",
        "longest_run",
        "count_pairs",
        # sorting
        "descending",
        "second",
        "climbing",
        # recursion
        "linear",
        "two_before",
        "count_down",
        # records
        "count_items",
        "list_items",
        "changed_prices",
    }
)
BENCHMARK_PAGES = frozenset(
    {
        # texts
        "two_headings",
        "quote",
        "picture_link",
        "figure",
        # forms
        "checkbox",
        "text_area",
        "radio",
        "button_form",
        # structures
        "nested_list",
        "terms",
        "captioned_table",
        "row_heads",
        "article",
    }
)
