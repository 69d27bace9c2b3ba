package org.javatuples;

/** A tuple of one value. */
@SuppressWarnings("unchecked")
public final class Unit<A> extends Tuple {
    public Unit(A a) { super(a); }

    public static <A> Unit<A> with(A a) {
        return new Unit<>(a);
    }

    @Override public Tuple of(Object[] values) {
        return new Unit<>(values[0]);
    }

    public A getValue0() { return (A) getValue(0); }

    public <X> Unit<X> setAt0(X value) {
        return with(value);
    }
}
