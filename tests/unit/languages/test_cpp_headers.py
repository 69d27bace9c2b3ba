"""Precompiled headers of C++ sources."""

from codem_ray.languages.cpp_headers import shared_templates, split_head


def test_headers_named_by_the_source_are_taken_off_and_lines_stay() -> None:
    source = "#include <vector>\n#include<map>\nusing namespace std;\n\nint f();"
    head, body = split_head(source)
    assert head.splitlines() == ['#include "codem_2.h"', "#include <map>"]
    assert body == "\n\nusing namespace std;\n\nint f();"


def test_a_precompiled_set_is_taken_only_when_all_of_it_is_named() -> None:
    assert split_head("#include <map>\n")[0] == "#include <map>"
    assert split_head("#include <string>\n#include <vector>\n")[0] == '#include "codem_1.h"'


def test_headers_after_other_lines_are_left_alone() -> None:
    source = "#define X 1\n#include <vector>\n"
    assert split_head(source) == ("", source)


def test_what_is_compiled_for_all_is_made_of_the_headers_that_a_program_names() -> None:
    assert all("string" not in one for one in shared_templates(frozenset({"vector"})))
    assert "class std::vector<std::string>" in shared_templates(frozenset({"string", "vector"}))
    strings = shared_templates(frozenset({"string"}))
    assert "bool std::operator==(const std::string &, const char *)" in strings
    assert all("vector" not in one for one in strings)
