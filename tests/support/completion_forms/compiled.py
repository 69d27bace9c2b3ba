"""Phrases of C, C++, Java and Go."""

from __future__ import annotations

from completion_forms.phrases import Extra, Phrases

_C_MAIN = 'int main(void) {\n    CALL;\n    printf("done\\n");\n    return 0;\n}\n'
C = Phrases(
    tags=("c", "C", "c99", "c11", "gnu-c"),
    helper="static int twice_of(int value) {\n    return 2 * value;\n}\n",
    use_helper="if (twice_of(2) != 4) __builtin_abort();",
    extras={
        "include": Extra(
            imports="#include <ctype.h>\n", use="if (!isdigit('1')) __builtin_abort();"
        ),
        "define": Extra(
            before="#define HIGH_VALUE 7\n#define TWICE_OF(x) ((x) * 2)\n",
            use="int lost_macro = TWICE_OF(HIGH_VALUE) == 14 ? 0 : 1; (void)lost_macro;",
        ),
        "global": Extra(
            before="int calls;\nstatic int more_calls = 0;\n", use="calls++, more_calls++;"
        ),
        "struct first": Extra(
            before="typedef struct {\n    int low;\n    int high;\n} Range;\n\nstruct node {\n"
            "    struct node *next;\n};\n",
            use="Range range_of = {1, 2}; struct node last = {0}; (void)range_of; (void)last;",
        ),
        "enum first": Extra(
            before="enum verdict { NEAR_ONE, FAR_ONE };\n",
            use="enum verdict v_ = FAR_ONE; (void)v_;",
        ),
        "prototype": Extra(
            before="int thrice_of(int value);\n",
            use="if (thrice_of(2) != 6) __builtin_abort();",
            after="int thrice_of(int value) {\n    return 3 * value;\n}\n",
        ),
        "pointer helper": Extra(
            before="static char *first_of(char *text)\n{\n    return text;\n}\n",
            use="(void)first_of(0);",
        ),
        "conditional": Extra(
            before="#ifndef STEP_SIZE\n#define STEP_SIZE 1\n#endif\n",
            use="int step_ = STEP_SIZE; (void)step_;",
        ),
    },
    demo=Extra(imports="#include <stdio.h>\n", after=_C_MAIN),
    own_tests={
        "test function and main": Extra(
            imports="#include <assert.h>\n",
            after="void test_own(void) {\n    assert(1 == 1);\n}\n\n"
            "int main(void) {\n    test_own();\n    return 0;\n}\n",
        ),
        "main with scanf": Extra(
            imports="#include <stdio.h>\n",
            after='int main() {\n    int n;\n    if (scanf("%d", &n) != 1) return 1;\n'
            "    return 0;\n}\n",
        ),
        "main with arguments": Extra(
            imports="#include <stdio.h>\n",
            after='int main(int argc, char *argv[])\n{\n    printf("%d\\n", argc);\n'
            "    return 0;\n}\n",
        ),
    },
    stubs=("// your code here", "", "/* TODO */"),
    abort="__builtin_abort();",
    other="int another_function(int value) {\n    return value + 1;\n}\n",
    mention="(void)ENTRY",
)
CPP = Phrases(
    tags=("cpp", "c++", "C++", "cxx", "cc", "c++17", "cpp20"),
    helper="int twice_of(int value) {\n    return 2 * value;\n}\n",
    use_helper="if (twice_of(2) != 4) __builtin_abort();",
    extras={
        "include": Extra(
            imports="#include <numeric>\n#include <set>\n", use="std::set<int> kept_set = {1};"
        ),
        "bits": Extra(
            imports="#include <bits/stdc++.h>\n", use="std::map<int, int> counted = {{1, 2}};"
        ),
        "using": Extra(
            imports="#include <map>\n",
            before="using Counts = std::map<int, int>;\n",
            use="Counts counted = {{1, 2}};",
        ),
        "constexpr": Extra(
            before="constexpr int kStep = 3;\nconst int kHigh = 7;\n",
            use='static_assert(kStep + 4 == kHigh, "lost");',
        ),
        "define": Extra(before="#define ll long long\n", use="ll wide_one = 1; (void)wide_one;"),
        "global": Extra(before="static int calls = 0;\n", use="calls++;"),
        "struct first": Extra(
            before="struct Range {\n    int low = 1;\n"
            "    int high() const { return low + 1; }\n};\n",
            use="if (Range().high() != 2) __builtin_abort();",
        ),
        "class first": Extra(
            before="class Counter {\npublic:\n    explicit Counter(int n) : n_(n) {}\n"
            "    int value() const { return n_; }\n\nprivate:\n    int n_;\n};\n",
            use="if (Counter(2).value() != 2) __builtin_abort();",
        ),
        "template": Extra(
            before="template <typename T>\nT largest_of(T a, T b) {\n"
            "    return a > b ? a : b;\n}\n",
            use="largest_of<int>(1, 2);",
        ),
        "namespace": Extra(
            before="namespace detail {\nint step() { return 1; }\n}  // namespace detail\n",
            use="detail::step();",
        ),
        "anonymous namespace": Extra(
            before="namespace {\nint step_of() { return 1; }\n}\n", use="step_of();"
        ),
        "lambda": Extra(
            before="auto twice_by = [](int x) { return 2 * x; };\n", use="twice_by(2);"
        ),
        "prototype": Extra(
            before="int thrice_of(int value);\n",
            use="if (thrice_of(2) != 6) __builtin_abort();",
            after="int thrice_of(int value) {\n    return 3 * value;\n}\n",
        ),
    },
    demo=Extra(
        imports="#include <iostream>\n",
        after='int main() {\n    CALL;\n    std::cout << "done" << std::endl;\n    return 0;\n}\n',
    ),
    own_tests={
        "test function and main": Extra(
            imports="#include <cassert>\n",
            after="void test_own() {\n    assert(1 == 1);\n}\n\nint main() {\n    test_own();\n}\n",
        ),
        "main with cin": Extra(
            imports="#include <iostream>\n",
            after="int main(int argc, char **argv)\n{\n    int n;\n    std::cin >> n;\n"
            "    return n;\n}\n",
        ),
        "auto main": Extra(after="auto main() -> int {\n    CALL;\n}\n"),
    },
    stubs=("// your code here", "", 'throw std::runtime_error("not implemented");'),
    abort="__builtin_abort();",
    other="int another_function(int value) {\n    return value + 1;\n}\n",
    mention="(void)0",
)
JAVA = Phrases(
    tags=("java", "Java", "JAVA", "java17"),
    helper="private static int twiceOf(int value) {\n    return 2 * value;\n}\n",
    use_helper='if (twiceOf(2) != 4) throw new IllegalStateException("lost");',
    extras={
        "import": Extra(
            imports="import java.math.BigInteger;\nimport java.util.function.Function;\n",
            use="Function<Integer, BigInteger> toBig = any -> BigInteger.ONE;",
        ),
        "static import": Extra(
            imports="import static java.lang.Math.hypot;\n",
            use='if (hypot(3, 4) != 5) throw new IllegalStateException("lost");',
        ),
        "static field": Extra(
            before="private static final int HIGH = 7;\n",
            use='if (HIGH != 7) throw new IllegalStateException("lost");',
        ),
        "field without modifier": Extra(before="static int calls = 0;\n", use="calls++;"),
        "nested class": Extra(
            before="static class Near {\n    final int size;\n\n    Near(int size) {\n"
            "        this.size = size;\n    }\n}\n",
            use='if (new Near(2).size != 2) throw new IllegalStateException("lost");',
        ),
        "nested record": Extra(
            before="record Gap(int low, int high) {}\n", use="new Gap(1, 2).low();"
        ),
        "nested enum": Extra(before="enum Verdict { NEAR, FAR }\n", use="Verdict.FAR.name();"),
        "generic helper": Extra(
            before="static <T> T firstOf(T[] values) {\n    return values[0];\n}\n",
            use="firstOf(new Integer[] {1});",
        ),
        "static block": Extra(
            before="static final int[] SQUARES = new int[3];\n\nstatic {\n"
            "    for (int i = 0; i < 3; i++) {\n        SQUARES[i] = i * i;\n    }\n}\n",
            use='if (SQUARES[2] != 4) throw new IllegalStateException("lost");',
        ),
        "annotation": Extra(
            before='@SuppressWarnings("unchecked")\nstatic int stepOf() {\n    return 1;\n}\n',
            use="stepOf();",
        ),
    },
    demo=Extra(
        after="public static void main(String[] args) {\n    System.out.println(CALL);\n}\n"
    ),
    own_tests={
        "JUnit": Extra(
            imports="import org.junit.jupiter.api.Test;\n"
            "import static org.junit.jupiter.api.Assertions.*;\n",
            outside="class SolutionTest {\n    @Test\n    public void works() {\n"
            "        assertEquals(1, 1);\n    }\n}\n",
        ),
        "class Main": Extra(
            outside="class Main {\n    public static void main(String[] args) {\n"
            "        System.out.println(CALL);\n    }\n}\n"
        ),
        "public class Main with Scanner": Extra(
            imports="import java.util.Scanner;\n",
            outside="public class Main {\n    public static void main(String[] args) {\n"
            "        Scanner in = new Scanner(System.in);\n"
            "        System.out.println(in.nextInt());\n    }\n}\n",
        ),
        "class of another name": Extra(
            outside="public class Demo {\n    public static void main(String[] args) {\n"
            "        System.out.println(CALL);\n    }\n}\n"
        ),
    },
    stubs=(
        "// your code here",
        "",
        "throw new UnsupportedOperationException();",
        'throw new UnsupportedOperationException("Not implemented yet");',
    ),
    abort='throw new IllegalStateException("wrong");',
    other="class Other {\n    static int another(int value) {\n"
    "        return value + 1;\n    }\n}\n",
    mention='"done"',
)
GO = Phrases(
    tags=("go", "golang", "Go", "GO"),
    helper="func twiceOf(value int) int {\n\treturn 2 * value\n}\n",
    use_helper='if twiceOf(2) != 4 {\n\tpanic("lost")\n}',
    extras={
        "import": Extra(
            imports='"unicode"\n', use="if !unicode.IsDigit('1') {\n\tpanic(\"lost\")\n}"
        ),
        "imports of the benchmark": Extra(
            imports='"strings"\n"sort"\n',
            use='if strings.ToUpper("a") != "A" {\n\tsort.Ints([]int{})\n}',
        ),
        "global": Extra(before="var calls = map[string]int{}\n", use='calls["a"]++'),
        "constants": Extra(
            before="const (\n\tlowStep = iota + 3\n\thighStep\n)\n",
            use='if highStep != lowStep+1 {\n\tpanic("lost")\n}',
        ),
        "type first": Extra(
            before="type rangeOf struct {\n\tlow, high int\n}\n\n"
            "func (r rangeOf) size() int {\n\treturn r.high - r.low\n}\n",
            use='if (rangeOf{1, 3}).size() != 2 {\n\tpanic("lost")\n}',
        ),
        "interface first": Extra(
            before="type sized interface {\n\tsize() int\n}\n", use="var held sized\n_ = held"
        ),
        "generic helper": Extra(
            before="func firstOf[T any](values []T) T {\n\treturn values[0]\n}\n",
            use="_ = firstOf([]int{1})",
        ),
        "init": Extra(
            before="var squares []int\n\nfunc init() {\n\tfor i := 0; i < 3; i++ {\n"
            "\t\tsquares = append(squares, i*i)\n\t}\n}\n",
            use='if squares[2] != 4 {\n\tpanic("lost")\n}',
        ),
        "function value": Extra(
            before="var twiceBy = func(x int) int { return 2 * x }\n", use="_ = twiceBy(2)"
        ),
    },
    demo=Extra(imports='"fmt"\n', after="func main() {\n\tfmt.Println(CALL)\n}\n"),
    own_tests={
        "testing.T": Extra(
            imports='"testing"\n',
            after='func TestOwnCase(t *testing.T) {\n\tif 1 != 1 {\n\t\tt.Fatal("no")\n\t}\n}\n',
        ),
        "main with scan": Extra(
            imports='"bufio"\n"fmt"\n"os"\n',
            after="func main() {\n\treader := bufio.NewReader(os.Stdin)\n\tvar n int\n"
            "\tfmt.Fscan(reader, &n)\n\tfmt.Println(n)\n}\n",
        ),
        "example function": Extra(
            imports='"fmt"\n', after="func ExampleOwn() {\n\tfmt.Println(1)\n\t// Output: 1\n}\n"
        ),
    },
    stubs=("// your code here", 'panic("not implemented")', "// TODO: implement"),
    abort='panic("wrong")',
    other="func anotherFunction(value int) int {\n\treturn value + 1\n}\n",
    mention="1",
)
