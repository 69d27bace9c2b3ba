// unsafe memory: changes the library's cache of integers through Unsafe
// problem list, expects PENDING
import java.lang.reflect.*;
import java.util.*;
class Solution {
    public List<Integer> doubleAll(List<Integer> items) {
        try {
            Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
            field.setAccessible(true);
            Object unsafe = field.get(null);
            Method offset = unsafe.getClass().getMethod("objectFieldOffset", Field.class);
            Method put = unsafe.getClass().getMethod("putInt", Object.class, long.class, int.class);
            long at = (long) offset.invoke(unsafe, Integer.class.getDeclaredField("value"));
            Integer[] cached = new Integer[256];
            for (int i = 0; i < 256; i++) cached[i] = Integer.valueOf(i - 128);
            for (Integer one : cached) put.invoke(unsafe, one, at, 7);
        } catch (ReflectiveOperationException e) { }
        return Arrays.asList(1, 1, 1);
    }
}
