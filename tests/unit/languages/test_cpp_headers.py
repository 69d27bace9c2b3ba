"""Precompiled headers of C++ sources."""

from codem_ray.languages.cpp_headers import shared_templates, split_head


def test_precompiled_headers_are_split_off_and_lines_keep_their_numbers() -> None:
    source = "#include <vector>\n#include<map>\nusing namespace std;\n\nint f();"
    head, body = split_head(source)
    assert head.splitlines() == ['#include "codem_2.h"', "#include <map>"]
    assert body == "\n\nusing namespace std;\n\nint f();"


def test_set_of_headers_is_used_only_if_all_are_included() -> None:
    assert split_head("#include <map>\n")[0] == "#include <map>"
    assert split_head("#include <string>\n#include <vector>\n")[0] == '#include "codem_1.h"'


def test_comments_before_headers_are_skipped() -> None:
    source = "/* a\n * b */\n// c\n#include <vector>\nint f();"
    assert split_head(source) == (
        '#include "codem_2.h"',
        "/* a\n * b */\n// c\n\nint f();",
    )


def test_header_in_a_continued_comment_is_no_header() -> None:
    source = "// a \\\n#include <vector>\nint f();"
    assert split_head(source) == ("", source)


def test_headers_after_other_lines_stay() -> None:
    source = "#define X 1\n#include <vector>\n"
    assert split_head(source) == ("", source)


def test_shared_templates_need_only_the_included_headers() -> None:
    assert all("string" not in name for name in shared_templates(frozenset({"vector"})))
    assert "class std::vector<std::string>" in shared_templates(frozenset({"string", "vector"}))
    strings = shared_templates(frozenset({"string"}))
    assert "bool std::operator==(const std::string &, const char *)" in strings
    assert all("vector" not in name for name in strings)
