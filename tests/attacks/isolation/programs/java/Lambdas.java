// attack: exponential inference | expect: contained | alone
import java.util.function.*;

class Solution {
    static <T> T f(Supplier<T> a) { return a.get(); }
    static <T> T f(Callable2<T> a) { return a.call(); }
    static <A, B> B g(Function<A, B> a) { return null; }
    static <A, B> B g(UnaryOperator<A> a, B b) { return null; }
    interface Callable2<T> { T call(); }

    public int twice(int n) {
        Object o = f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() ->
            f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> f(() -> 1))))))))))))))))))));
        return 2 * n;
    }
}
