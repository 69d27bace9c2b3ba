// comparison operator: an Optional of a proxy of the library's loader
// problem optional, expects wrong_answer
import java.util.*;
class Solution {
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Optional<Integer> first(List<Integer> items) {
        return (Optional) Optional.of(java.lang.reflect.Proxy.newProxyInstance(null,
            new Class<?>[]{Comparable.class},
            (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 1));
    }
}
