// attack: nested generics | expect: contained | alone
import java.util.*;

class Solution {
    static <A, B> Map<A, Map<B, Map<A, B>>> of(A a, B b) { return null; }

    public int twice(int n) {
        var a = of(of(of(of(1, 2), of(3, 4)), of(of(5, 6), of(7, 8))), of(1, "x"));
        var b = of(of(a, a), of(a, a));
        var c = of(of(b, b), of(b, b));
        var d = of(of(c, c), of(c, c));
        var e = of(of(d, d), of(d, d));
        var f = of(of(e, e), of(e, e));
        var g = of(of(f, f), of(f, f));
        return g == null ? 2 * n : 0;
    }
}
