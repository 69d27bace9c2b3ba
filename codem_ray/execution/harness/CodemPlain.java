package codem;

import java.lang.reflect.Array;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.javatuples.Tuple;

/**
 * Copies a result of the answer into library classes, so that the tests compare it by the library's
 * {@code equals} and not by one of the answer's.
 *
 * <p>Collections are always copied, because the answer could change one that it keeps a reference to.
 * There is an overload for each kind of collection, so that the tests can use the copy in place of the
 * result, whichever class the answer declared.
 */
public final class CodemPlain {
    /** Classes with a trusted {@code equals}. The class loader does not identify them: proxies share it. */
    private static final Set<Class<?>> VALUES = Set.of(
            String.class, Boolean.class, Byte.class, Character.class, Short.class, Integer.class,
            Long.class, Float.class, Double.class, BigInteger.class, BigDecimal.class,
            OptionalInt.class, OptionalLong.class, OptionalDouble.class, StringBuilder.class);

    private CodemPlain() {}

    public static boolean of(boolean value) { return value; }
    public static byte of(byte value) { return value; }
    public static char of(char value) { return value; }
    public static short of(short value) { return value; }
    public static int of(int value) { return value; }
    public static long of(long value) { return value; }
    public static float of(float value) { return value; }
    public static double of(double value) { return value; }

    public static <T> List<T> of(List<T> value) { return as(value); }
    public static <T> ArrayList<T> of(ArrayList<T> value) { return as(value); }
    public static <T> LinkedList<T> of(LinkedList<T> value) { return as(value); }
    public static <T> Set<T> of(Set<T> value) { return as(value); }
    public static <T> HashSet<T> of(HashSet<T> value) { return as(value); }
    public static <T> LinkedHashSet<T> of(LinkedHashSet<T> value) { return as(value); }
    public static <T> Collection<T> of(Collection<T> value) { return as(value); }
    public static <K, V> Map<K, V> of(Map<K, V> value) { return as(value); }
    public static <K, V> HashMap<K, V> of(HashMap<K, V> value) { return as(value); }
    public static <K, V> LinkedHashMap<K, V> of(LinkedHashMap<K, V> value) { return as(value); }

    /** Returns an equal value that contains no class of the answer. */
    public static <T> T of(T value) { return as(value); }

    @SuppressWarnings("unchecked")
    private static <T> T as(Object value) {
        return (T) plain(value);
    }

    private static Object plain(Object value) {
        if (value == null) return null;
        Class<?> kind = value.getClass();
        if (VALUES.contains(kind)) return value;
        if (kind.isArray()) return array(value, kind.getComponentType());
        if (value instanceof List<?> list) return collection(list, make(list));
        if (value instanceof Set<?> set) return collection(set, new LinkedHashSet<>());
        if (value instanceof Map<?, ?> map) return map(map);
        if (value instanceof Map.Entry<?, ?> entry) {
            return new SimpleImmutableEntry<>(plain(entry.getKey()), plain(entry.getValue()));
        }
        if (value instanceof Optional<?> optional) {
            // Not by map, because the first lambda of a process takes 20 ms.
            return optional.isPresent() ? Optional.of(plain(optional.get())) : optional;
        }
        if (value instanceof Tuple tuple) return tuple(tuple);
        // Equal only to itself, like the library's queues and views of values.
        if (value instanceof Collection<?> other) {
            return Collections.unmodifiableCollection(collection(other, new ArrayList<>()));
        }
        if (isValue(kind)) return value;
        throw new AssertionError("the answer returns an object that the tests cannot compare, of class " + kind.getName());
    }

    /** Returns whether a class is an enumeration or time of the library. */
    private static boolean isValue(Class<?> kind) {
        if (kind.getClassLoader() != null || kind.isHidden() || Proxy.isProxyClass(kind)) return false;
        return Enum.class.isAssignableFrom(kind) || kind.getName().startsWith("java.time.");
    }

    private static Object array(Object from, Class<?> component) {
        int size = Array.getLength(from);
        Object into = Array.newInstance(component, size);
        System.arraycopy(from, 0, into, 0, size);
        if (into instanceof Object[] items) {
            for (int i = 0; i < size; i++) items[i] = plain(items[i]);
        }
        return into;
    }

    private static Collection<Object> make(List<?> list) {
        return list instanceof LinkedList ? new LinkedList<>() : new ArrayList<>();
    }

    private static Collection<Object> collection(Collection<?> from, Collection<Object> into) {
        for (Object item : from) into.add(plain(item));
        return into;
    }

    private static Object tuple(Tuple from) {
        Object[] items = from.toArray();
        for (int i = 0; i < items.length; i++) items[i] = plain(items[i]);
        return from.of(items);
    }

    private static Object map(Map<?, ?> from) {
        Map<Object, Object> into = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : from.entrySet()) {
            into.put(plain(entry.getKey()), plain(entry.getValue()));
        }
        return into;
    }
}
