// comparison operator: a proxy of the library's loader as the result itself
// problem object, expects wrong_answer
import java.util.*;
class Solution {
    public Object first(List<Integer> items) {
        return java.lang.reflect.Proxy.newProxyInstance(null, new Class<?>[]{Comparable.class},
            (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 1);
    }
}
