package org.javatuples;

/** A tuple of two values. */
@SuppressWarnings("unchecked")
public final class Pair<A, B> extends Tuple {
    public Pair(A a, B b) { super(a, b); }

    public static <A, B> Pair<A, B> with(A a, B b) {
        return new Pair<>(a, b);
    }

    @Override public Tuple of(Object[] values) {
        return new Pair<>(values[0], values[1]);
    }

    public A getValue0() { return (A) getValue(0); }
    public B getValue1() { return (B) getValue(1); }

    public <X> Pair<X, B> setAt0(X value) {
        return with(value, getValue1());
    }

    public <X> Pair<A, X> setAt1(X value) {
        return with(getValue0(), value);
    }
}
