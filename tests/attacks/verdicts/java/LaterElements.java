// comparison operator: a library list that another thread fills with proxies meanwhile
// problem list, expects wrong_answer
import java.util.*;
class Solution {
    @SuppressWarnings({"unchecked", "rawtypes"})
    public List<Integer> doubleAll(List<Integer> items) {
        Object any = java.lang.reflect.Proxy.newProxyInstance(null, new Class<?>[]{Comparable.class},
            (p, m, a) -> m.getName().equals("equals") ? (Object) true : (Object) 1);
        List made = new ArrayList(List.of(0, 0, 0));
        Thread later = new Thread(() -> {
            for (int at = 0; ; at = (at + 1) % 6) made.set(at % 3, at < 3 ? any : (Object) 0);
        });
        later.setDaemon(true);
        later.start();
        return made;
    }
}
