// comparison operator: a set of proxies of the library's loader, with the expected hash
// problem set, expects wrong_answer
import java.util.*;
class Solution {
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Set<Integer> doubleAll(List<Integer> items) {
        Set made = new HashSet();
        made.add(java.lang.reflect.Proxy.newProxyInstance(null, new Class<?>[]{Comparable.class},
            (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 2));
        return made;
    }
}
