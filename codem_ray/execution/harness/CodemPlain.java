package codem;

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * Makes what a method of the answer returned a value of the library alone, so that the tests compare
 * it by the library's {@code equals} and not by one of the answer's.
 */
public final class CodemPlain {
    private CodemPlain() {}

    public static boolean of(boolean value) { return value; }
    public static byte of(byte value) { return value; }
    public static char of(char value) { return value; }
    public static short of(short value) { return value; }
    public static int of(int value) { return value; }
    public static long of(long value) { return value; }
    public static float of(float value) { return value; }
    public static double of(double value) { return value; }

    /** Returns an equal value without a class of the answer's in it. */
    @SuppressWarnings("unchecked")
    public static <T> T of(T value) {
        return (T) plain(value);
    }

    private static Object plain(Object value) {
        if (value instanceof Object[] array) {
            for (int i = 0; i < array.length; i++) {
                Object made = plain(array[i]);
                if (made != array[i]) array[i] = made;
            }
            return array;
        }
        if (value instanceof List<?> list) return collection(list, make(list));
        if (value instanceof Set<?> set) return collection(set, new LinkedHashSet<>());
        if (value instanceof Map<?, ?> map) return map(map);
        if (value instanceof Map.Entry<?, ?> entry) {
            return new SimpleImmutableEntry<>(plain(entry.getKey()), plain(entry.getValue()));
        }
        if (value instanceof Optional<?> optional) {
            return optional.map(CodemPlain::plain);
        }
        if (value != null && !isOfLibrary(value.getClass())) {
            throw new AssertionError(
                    "the answer returns an object of its own class " + value.getClass().getSimpleName());
        }
        return value;
    }

    private static Collection<Object> make(List<?> list) {
        return list instanceof LinkedList ? new LinkedList<>() : new ArrayList<>();
    }

    private static Object collection(Collection<?> from, Collection<Object> into) {
        boolean isSame = compares(from.getClass());
        if (from instanceof SortedSet<?> sorted) isSame = isSame && sorted.comparator() == null;
        for (Object item : from) {
            Object made = plain(item);
            isSame = isSame && made == item;
            into.add(made);
        }
        return isSame ? from : into;
    }

    private static Object map(Map<?, ?> from) {
        Map<Object, Object> into = new LinkedHashMap<>();
        boolean isSame = compares(from.getClass());
        if (from instanceof SortedMap<?, ?> sorted) isSame = isSame && sorted.comparator() == null;
        for (Map.Entry<?, ?> entry : from.entrySet()) {
            Object key = plain(entry.getKey());
            Object value = plain(entry.getValue());
            isSame = isSame && key == entry.getKey() && value == entry.getValue();
            into.put(key, value);
        }
        return isSame ? from : into;
    }

    /** Whether a class is the library's and no view of another collection, whose equals it would use. */
    private static boolean compares(Class<?> kind) {
        String name = kind.getName();
        return isOfLibrary(kind)
                && name.startsWith("java.util.")
                && !name.matches(".*(Unmodifiable|Synchronized|Checked|SubList|Reverse|SetFromMap|AsLIFO).*");
    }

    private static boolean isOfLibrary(Class<?> kind) {
        return kind.getClassLoader() == null;
    }
}
