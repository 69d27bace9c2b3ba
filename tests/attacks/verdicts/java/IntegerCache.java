// reflection: changes the library's cache of integers by reflection
// problem list, expects wrong_answer
import java.lang.reflect.*;
import java.util.*;
class Solution {
    public List<Integer> doubleAll(List<Integer> items) {
        try {
            Field value = Integer.class.getDeclaredField("value");
            value.setAccessible(true);
            for (int i = -128; i < 128; i++) value.set(Integer.valueOf(i), 7);
        } catch (Exception e) { }
        return Arrays.asList(1, 1, 1);
    }
}
