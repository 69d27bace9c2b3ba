// comparison operator: elements that are proxies of the library's loader and equal everything
// problem list, expects wrong_answer
import java.util.*;
class Solution {
    static Object any() {
        return java.lang.reflect.Proxy.newProxyInstance(null, new Class<?>[]{Comparable.class},
            (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 1);
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    public List<Integer> doubleAll(List<Integer> items) {
        List made = new ArrayList();
        for (Object item : items) made.add(any());
        return made;
    }
}
