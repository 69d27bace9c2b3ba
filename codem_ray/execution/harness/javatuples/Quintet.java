package org.javatuples;

/** A tuple of five values. */
@SuppressWarnings("unchecked")
public final class Quintet<A, B, C, D, E> extends Tuple {
    public Quintet(A a, B b, C c, D d, E e) { super(a, b, c, d, e); }

    public static <A, B, C, D, E> Quintet<A, B, C, D, E> with(A a, B b, C c, D d, E e) {
        return new Quintet<>(a, b, c, d, e);
    }

    @Override public Tuple of(Object[] values) {
        return new Quintet<>(values[0], values[1], values[2], values[3], values[4]);
    }

    public A getValue0() { return (A) getValue(0); }
    public B getValue1() { return (B) getValue(1); }
    public C getValue2() { return (C) getValue(2); }
    public D getValue3() { return (D) getValue(3); }
    public E getValue4() { return (E) getValue(4); }

    public <X> Quintet<X, B, C, D, E> setAt0(X value) {
        return with(value, getValue1(), getValue2(), getValue3(), getValue4());
    }

    public <X> Quintet<A, X, C, D, E> setAt1(X value) {
        return with(getValue0(), value, getValue2(), getValue3(), getValue4());
    }

    public <X> Quintet<A, B, X, D, E> setAt2(X value) {
        return with(getValue0(), getValue1(), value, getValue3(), getValue4());
    }

    public <X> Quintet<A, B, C, X, E> setAt3(X value) {
        return with(getValue0(), getValue1(), getValue2(), value, getValue4());
    }

    public <X> Quintet<A, B, C, D, X> setAt4(X value) {
        return with(getValue0(), getValue1(), getValue2(), getValue3(), value);
    }
}
