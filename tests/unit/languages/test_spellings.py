"""Spellings of language names in label fields, fence tags and file names."""

import pytest

from codem_ray.errors import ConfigError
from codem_ray.languages import LANGUAGES, SPELLINGS, language
from codem_ray.languages.spellings import MAX_LABEL_CHARACTERS

SPELLED = {
    "python": "Python|py|py3|PYTHON3.10|Python 3|python2|python 3.x|py311|.py|Python (3.8.2)|PyPy3|"
    "PyPy 3-64|python:src/app.py|main.py|src/app.py|12:20:src/app.py|language-python|text/x-python|"
    "Python code|Python programming language|{.python .numberLines}|{python}|python>=3.8|ipython3|"
    "Jupyter Notebook|ipynb|python-exec|"
    "lang=python|brush: python|python=12|`python`|  python  |"
    'app.py#L3-L9|title="app.py"|c:\\src\\app.py',
    "cpp": "C++|c++17|C++2a|c++0x|cplusplus|C plus plus|cc|hpp|cpp:main.cpp|main.hpp|"
    "GNU C++17 (64)|GNU G++17 7.3.0|Clang++17 Diagnostics|MS C++ 2017|std=c++17|gnu++17|"
    "text/x-c++src|C++14 (GCC 9)",
    "c": "C|c|c99|C11|GNU C11|ANSI C|C (gcc 9.2)|gcc|main.c|text/x-csrc",
    "java": "Java|java17|Java 8|JDK 17|jdk|OpenJDK 11|Java 21 64bit|java:Main.java|text/x-java",
    "javascript": "js|mjs|cjs|node|Node.js|Node.js 15.8.0 (64bit)|ECMAScript 2020|ES6|es2020|jsx|"
    "js:app.js|JavaScript V8 4.8.0|Java Script|application/javascript|index.mjs|js run|node-repl",
    "typescript": "ts|tsx|TypeScript 5|typescript5.9|ts:src/a.ts|App.tsx|typescriptreact|a.d.ts",
    "go": "go|Golang|go1.21|Go 1.19|go-lang|main.go",
    "html": "html|HTML5|xhtml|htm|html:index.html|index.html|text/html",
}
UNREGISTERED = (
    "rust|C#|C sharp|objective-c|Objective C|C3|JSON|bash|css|Java Server Pages|R|.net|jsp|"
    "rust:a.py|html.erb|go.mod|English"
)
CASES = [(name, text) for name, texts in SPELLED.items() for text in texts.split("|")]


@pytest.mark.parametrize(("name", "label"), CASES)
def test_common_spellings_name_their_language(name: str, label: str) -> None:
    assert SPELLINGS.of_label(label) == (name,)


@pytest.mark.parametrize("label", UNREGISTERED.split("|"))
def test_other_names_are_unregistered(label: str) -> None:
    assert SPELLINGS.of_label(label) is None


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("", ()),
        ("text", ()),
        ("code", ()),
        ("N/A", ()),
        ("7", ()),
        ("a.h", ()),
        ("notes.txt", ()),
        ("c/c++", ("c", "cpp")),
        ("JS/TS", ("javascript", "typescript")),
        ("Python, Java", ("python", "java")),
        ("Java/Kotlin", ()),
        ("html+css", ()),
        ("html+js", ("html", "javascript")),
        ("Other", ()),
        ("Misc.", ()),
        ("not specified", ()),
    ],
)
def test_labels_that_leave_the_language_open_leave_it_to_the_code(
    label: str, names: tuple[str, ...]
) -> None:
    assert SPELLINGS.of_label(label) == names


@pytest.mark.parametrize(
    ("info", "names"),
    [
        ('python title="x.py"', ("python",)),
        ("js {1,3-5}", ("javascript",)),
        ("python{1,3}", ("python",)),
        ("python,editable", ("python",)),
        ("ts twoslash", ("typescript",)),
        ("{#main .c}", ("c",)),
        ("{python, echo=FALSE}", ("python",)),
        ("{.numberLines}", ()),
        ("{r}", None),
        ("bash python", None),
        ("rust,no_run", None),
        ("diff:src/app.py", None),
    ],
)
def test_the_first_word_of_a_fence_names_its_language(
    info: str, names: tuple[str, ...] | None
) -> None:
    assert SPELLINGS.of_fence(info) == names


def test_every_name_and_tag_of_a_language_is_a_spelling_of_it() -> None:
    for spec in LANGUAGES.values():
        spellings = (spec.name, spec.title, *spec.aliases, *spec.fence_tags, *spec.labels)
        for text in (*spellings, spec.extension):
            assert SPELLINGS.of_label(text) == (spec.name,), text


def test_a_long_text_names_no_language() -> None:
    assert SPELLINGS.of_label("python " * MAX_LABEL_CHARACTERS) is None


def test_a_sweep_may_use_any_spelling_of_one_language() -> None:
    assert language("Python 3.10").name == "python"
    with pytest.raises(ConfigError, match="no language is called 'c/c"):
        language("c/c++")
