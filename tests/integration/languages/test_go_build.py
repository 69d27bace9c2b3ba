"""Go programs that share an executable get the outcomes that they get alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.execution.building import Builder
from codem_ray.execution.executor import Executor
from codem_ray.execution.staging import cache_root, stage_harness
from codem_ray.languages import LANGUAGES, go_build
from codem_ray.languages.spec import Program, Unit
from codem_ray.records import Job, Outcome
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox

pytestmark = pytest.mark.toolchain
PROBLEM = LANGUAGES["go"].sample_problem

ANSWERS = {
    "right": "func Twice(n int) int { return 2 * n }",
    "package often imported": 'import "strings"\nfunc Twice(n int) int { return 2*n + '
    'strings.Count("", "x") }',
    "package that is not compiled yet": 'import "container/ring"\nfunc Twice(n int) int { return '
    "n + ring.New(n*n+1).Len() - n*n - 1 + n }",
    "oddly written import": 'import (\n\t"container/ring"; r2 /* x */ "container/ring"\n)\n'
    "func Twice(n int) int { return 2*n + ring.New(1).Len() - r2.New(1).Len() }",
    "package that does not exist": 'import "no/such"\nfunc Twice(n int) int { return such.X(n) }',
    "internal package": 'import "internal/abi"\nfunc Twice(n int) int { return 2*n + '
    "int(abi.FuncPCABI0(nil)) }",
    "vendored package": 'import "vendor/golang.org/x/text/unicode/norm"\n'
    "func Twice(n int) int { _ = norm.NFC; return 2 * n }",
    "another program": 'import p "codemprograms/u0"\nfunc Twice(n int) int { return p.Twice(n) }',
    "unused import": 'import "os/exec"\nfunc Twice(n int) int { return 2 * n }',
    "cgo": 'import "C"\nfunc Twice(n int) int { return 2 * n }',
    "embedded tests": 'import _ "embed"\n//go:embed tests.go\nvar s string\n'
    "func Twice(n int) int { if len(s) == 0 { panic(s) }; return 2 * n }",
    "embedded host file": 'import _ "embed"\n//go:embed /etc/passwd\nvar s string\n'
    "func Twice(n int) int { return 2 * n }",
    "embedding without the package": "//go:embed tests.go\nvar s string\n"
    "func Twice(n int) int { return 2*n + len(s)*0 }",
    "constraint": "//go:build ignore\n\nfunc Twice(n int) int { return 2 * n }",
    "linkname": 'import _ "unsafe"\n//go:linkname nano runtime.nanotime\nfunc nano() int64\n'
    "func Twice(n int) int { return 2*n + int(nano())*0 }",
    "linkname without unsafe": "//go:linkname nano runtime.nanotime\nfunc nano() int64\n"
    "func Twice(n int) int { return 2*n + int(nano())*0 }",
    "cannot be linked": 'import _ "unsafe"\n//go:linkname same reflect.DeepEqual\n'
    "func same(a, b interface{}) bool { return true }\n"
    "func Twice(n int) int { return 2 * n }",
    "no body": "func other() int\nfunc Twice(n int) int { return 2*n + other() }",
    "generic": "func two[T int | float64](n T) T { return 2 * n }\n"
    "func Twice(n int) int { return two(n) }",
    "newer language": "func Twice(n int) int { return 2 * max(n, n) }",
    "defined twice": "func Twice(n int) int { return 2 * n }\nfunc TestTwice() {}",
    "initialiser that ends all": 'import "os"\nfunc init() { os.Exit(0) }\n'
    "func Twice(n int) int { return 2 * n }",
    "initialiser that never ends": "func init() { for {} }\nfunc Twice(n int) int { return 2 * n }",
    "variable that ends all": 'var _ = func() int { panic("gone") }()\n'
    "func Twice(n int) int { return 2 * n }",
    "variable behind a function": "func Twice(n int) int { return 2 * n }; var x = 1 / len(y); "
    "var y []int",
    "much memory for its variable": "var much [1 << 27]*int\nfunc Twice(n int) int { return 2*n + "
    "len(much)*0 }",
    "name of its type": 'import "fmt"\ntype T struct{}\nfunc Twice(n int) int { '
    'if s := fmt.Sprintf("%T", T{}); s != "main.T" { panic(s) }; return 2 * n }',
    "path of its type": 'import "reflect"\ntype T struct{}\nfunc Twice(n int) int { '
    'if s := reflect.TypeOf(T{}).PkgPath(); s != "main" { panic(s) }; return 2 * n }',
    "name of its function": 'import "runtime"\nfunc Twice(n int) int { pc, _, _, _ := '
    'runtime.Caller(0); if s := runtime.FuncForPC(pc).Name(); s != "main.Twice" { panic(s) }; '
    "return 2 * n }",
    "name of its generic type": 'import "fmt"\ntype T int\ntype G[P any] struct{}\n'
    'func Twice(n int) int { if s := fmt.Sprintf("%T", G[T]{}); s != "main.G[main.T]" '
    "{ panic(s) }; return 2 * n }",
    "method of nothing": "type T struct{}\nfunc (t T) M() {}\ntype I interface{ M() }\n"
    "func call(i I) { i.M() }\nfunc said(f func(I)) (s string) { defer func() { s = "
    "recover().(error).Error() }(); var p *T; f(p); return }\nfunc Twice(n int) int { f := call; "
    'if n > 100 { f = nil }; if s := said(f); s != "value method main.T.M called using nil *T '
    'pointer" { panic(s) }; return 2 * n }',
    "type that json names": 'import "encoding/json"\ntype T struct{}\n'
    'func Twice(n int) int { var t T; err := json.Unmarshal([]byte("1"), &t); '
    "e := err.(*json.UnmarshalTypeError); "
    'if s := e.Type.PkgPath(); s != "main" { panic(s) }; return 2 * n }',
    "keys sorted by the addresses of their types": 'import ("fmt"; "math/big")\ntype A uint\n'
    "func Twice(n int) int { if s := fmt.Sprint(map[interface{}]int{A(1): 1, big.Word(1): 2}); "
    's != "map[1:1 1:2]" { panic(s) }; return 2 * n }',
    "text that names another": "var x int = `\nu1/answer.go:1:1: bad\n`\n"
    "func Twice(n int) int { return 2 * n }",
    "main of its own": "func main() {}\nfunc Twice(n int) int { return 2 * n }",
    "type of another": "type T struct{ a int }\nfunc (t T) Get() int { return t.a }\n"
    "func Twice(n int) int { return T{2 * n}.Get() }",
    "same name as that of another": "type T struct{ b int }\nfunc (t T) Get() int { return 3 }\n"
    "func Twice(n int) int { return 2*n + T{}.Get() - 3 }",
    "syntax": "func Twice(n int) int { return 2 * }",
    "wrong": "func Twice(n int) int { return n }",
    "zero byte": "func Twice(n int) int { return 2 * n } // \0",
}


def _outcomes() -> dict[str, Outcome]:
    jobs = [Job(problem=PROBLEM, answer=answer) for answer in ANSWERS.values()]
    verdicts = Executor(BubblewrapSandbox()).execute(jobs)
    return dict(zip(ANSWERS, (verdict.outcome for verdict in verdicts), strict=True))


def test_outcomes_are_the_same_with_and_without_a_shared_executable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = _outcomes()
    monkeypatch.setattr(go_build, "may_share_executable", lambda files: False)
    assert shared == _outcomes()
    assert shared["right"] is Outcome.PASSED
    assert shared["package that is not compiled yet"] is Outcome.PASSED
    assert shared["internal package"] is Outcome.COMPILE_ERROR
    assert shared["cannot be linked"] is Outcome.COMPILE_ERROR
    for name in ("name of its type", "name of its generic type", "method of nothing"):
        assert shared[name] is Outcome.PASSED
    assert shared["type that json names"] is Outcome.PASSED
    assert shared["initialiser that never ends"] is Outcome.TIMEOUT


def test_inert_programs_share_an_executable(tmp_path: Path) -> None:
    spec = LANGUAGES["go"]
    assert spec.build is not None
    assert spec.build.warm_up is not None
    names = (
        "right",
        "wrong",
        "no body",
        "variable that ends all",
        "package often imported",
        "generic",
    )
    units = [
        Unit(name=f"u{at}", problem=PROBLEM, answer=ANSWERS[name]) for at, name in enumerate(names)
    ]
    programs = [Program(unit, spec.assemble(unit)) for unit in units]
    harness = stage_harness(cache_root(None))
    cache = spec.build.warm_up(cache_root(None), harness)
    tmp_path.chmod(0o755)
    built = Builder(BubblewrapSandbox(), spec.build, harness, cache).build(programs, tmp_path)
    programs = {
        name: (folder / "program").stat().st_ino if (folder := built[unit.name].folder) else None
        for name, unit in zip(names, units, strict=True)
    }
    assert programs["right"] == programs["wrong"] == programs["package often imported"]
    assert programs["no body"] is None
    assert len({programs[name] for name in names}) == 4


@pytest.mark.parametrize("opening", ["", "var z = 1\n"])
@pytest.mark.parametrize("num_mebibytes", [509.6, 509.8, 510.3])
def test_program_that_fills_the_disk_does_not_affect_others(
    opening: str, num_mebibytes: float
) -> None:
    size = int(num_mebibytes * (1 << 20))
    greedy = (
        f"{opening}func g(m map[int][{size}]byte, k int) byte {{ return m[k][{size - 1}] }}\n"
        "func Twice(n int) int { return 2*n + int(g(nil, n)) }"
    )
    right = ("right", "package often imported", "generic", "text that names another")
    jobs = [Job(problem=PROBLEM, answer=a) for a in (greedy, *(ANSWERS[n] for n in right))]
    executor = Executor(BubblewrapSandbox())
    outcomes = [verdict.outcome for verdict in executor.execute(jobs)]
    assert outcomes[0] is executor.execute(jobs[:1])[0].outcome
    assert outcomes[1:] == [Outcome.PASSED] * 3 + [Outcome.COMPILE_ERROR]


@pytest.mark.parametrize(
    "answer",
    [
        # Two programs that cannot be linked together, so that neither is built at first.
        (
            "func g(m map[int][534000000]byte, k int) byte { return m[k][0] }\n"
            "func Twice(n int) int { return 2*n + int(g(nil, n)) }"
        ),
        ANSWERS["right"],
    ],
)
@pytest.mark.parametrize(
    "forger",
    [
        ANSWERS["text that names another"],
        "import `x\nu1/answer.go:1:1: bad`\nfunc Twice(n int) int { return 2 * n }",
        "import `x\nu1/answer.go:1:1: bad`\nvar s = `\n# codemprograms/u1\n`\nfunc Twice() {}",
        "func Twice(n int) int { return `\nu1/answer.go:1:1: bad\n` }",
    ],
)
def test_answer_cannot_forge_a_message_about_another(forger: str, answer: str) -> None:
    jobs = [Job(problem=PROBLEM, answer=a) for a in (forger, ANSWERS["right"], answer)]
    outcomes = [verdict.outcome for verdict in Executor(BubblewrapSandbox()).execute(jobs)]
    assert outcomes == [Outcome.COMPILE_ERROR, Outcome.PASSED, Outcome.PASSED]
