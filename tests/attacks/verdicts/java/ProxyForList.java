// comparison operator: a proxy of the library's loader in place of an inner list
// problem nested, expects wrong_answer
import java.util.*;
class Solution {
    @SuppressWarnings({"unchecked", "rawtypes"})
    public List<List<Integer>> pairs(int n) {
        return (List) Arrays.asList(java.lang.reflect.Proxy.newProxyInstance(null,
            new Class<?>[]{Comparable.class},
            (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 1));
    }
}
