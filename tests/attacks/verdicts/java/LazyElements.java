// comparison operator: a library view of a list whose elements change at each access
// problem list, expects wrong_answer
import java.util.*;
class Solution {
    @SuppressWarnings({"unchecked", "rawtypes"})
    public List<Integer> doubleAll(List<Integer> items) {
        int[] reads = {0};
        return Collections.unmodifiableList(new AbstractList() {
            public Object get(int i) {
                return reads[0]++ < 3 ? (Object) 0 : java.lang.reflect.Proxy.newProxyInstance(null,
                    new Class<?>[]{Comparable.class},
                    (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 1);
            }
            public int size() { return 3; }
        }).subList(0, 3);
    }
}
