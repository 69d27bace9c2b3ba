package org.javatuples;

/** A tuple of four values. */
@SuppressWarnings("unchecked")
public final class Quartet<A, B, C, D> extends Tuple {
    public Quartet(A a, B b, C c, D d) { super(a, b, c, d); }

    public static <A, B, C, D> Quartet<A, B, C, D> with(A a, B b, C c, D d) {
        return new Quartet<>(a, b, c, d);
    }

    @Override public Tuple of(Object[] values) {
        return new Quartet<>(values[0], values[1], values[2], values[3]);
    }

    public A getValue0() { return (A) getValue(0); }
    public B getValue1() { return (B) getValue(1); }
    public C getValue2() { return (C) getValue(2); }
    public D getValue3() { return (D) getValue(3); }

    public <X> Quartet<X, B, C, D> setAt0(X value) {
        return with(value, getValue1(), getValue2(), getValue3());
    }

    public <X> Quartet<A, X, C, D> setAt1(X value) {
        return with(getValue0(), value, getValue2(), getValue3());
    }

    public <X> Quartet<A, B, X, D> setAt2(X value) {
        return with(getValue0(), getValue1(), value, getValue3());
    }

    public <X> Quartet<A, B, C, X> setAt3(X value) {
        return with(getValue0(), getValue1(), getValue2(), value);
    }
}
