package org.javatuples;

/** A tuple of three values. */
@SuppressWarnings("unchecked")
public final class Triplet<A, B, C> extends Tuple {
    public Triplet(A a, B b, C c) { super(a, b, c); }

    public static <A, B, C> Triplet<A, B, C> with(A a, B b, C c) {
        return new Triplet<>(a, b, c);
    }

    @Override public Tuple of(Object[] values) {
        return new Triplet<>(values[0], values[1], values[2]);
    }

    public A getValue0() { return (A) getValue(0); }
    public B getValue1() { return (B) getValue(1); }
    public C getValue2() { return (C) getValue(2); }

    public <X> Triplet<X, B, C> setAt0(X value) {
        return with(value, getValue1(), getValue2());
    }

    public <X> Triplet<A, X, C> setAt1(X value) {
        return with(getValue0(), value, getValue2());
    }

    public <X> Triplet<A, B, X> setAt2(X value) {
        return with(getValue0(), getValue1(), value);
    }
}
