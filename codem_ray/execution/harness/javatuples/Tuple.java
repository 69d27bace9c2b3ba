package org.javatuples;

import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/** The part of the library javatuples 1.2 that programs of MultiPL-E use, written anew. */
public abstract class Tuple implements Iterable<Object>, Comparable<Tuple> {
    private final Object[] items;

    /** Only the classes of this package are tuples. */
    Tuple(Object... items) { this.items = items; }

    /** Returns a tuple of the same class with other values. */
    public abstract Tuple of(Object[] values);

    public final int getSize() { return items.length; }
    public final Object getValue(int position) { return items[position]; }
    public final Object[] toArray() { return items.clone(); }
    public final List<Object> toList() { return Collections.unmodifiableList(Arrays.asList(items)); }
    public final boolean contains(Object value) { return toList().contains(value); }
    public final int indexOf(Object value) { return toList().indexOf(value); }

    @Override public final Iterator<Object> iterator() { return toList().iterator(); }
    @Override public final String toString() { return Arrays.toString(items); }
    @Override public final int hashCode() { return Arrays.hashCode(items); }

    @Override public final boolean equals(Object other) {
        return other != null && other.getClass() == getClass()
                && Arrays.equals(items, ((Tuple) other).items);
    }

    @Override
    @SuppressWarnings("unchecked")
    public final int compareTo(Tuple other) {
        for (int i = 0; i < Math.min(items.length, other.items.length); i++) {
            int order = ((Comparable<Object>) items[i]).compareTo(other.items[i]);
            if (order != 0) return order;
        }
        return Integer.compare(items.length, other.items.length);
    }
}
