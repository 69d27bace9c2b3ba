// comparison operator: lambdas, whose classes are hidden, in an entry class of the answer
// problem nested, expects wrong_answer
import java.util.*;
class Solution {
    static class Pair implements Map.Entry<Object, Object> {
        public Object getKey() { return (Runnable) () -> {}; }
        public Object getValue() { return this; }
        public Object setValue(Object v) { return v; }
        public boolean equals(Object o) { return true; }
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    public List<List<Integer>> pairs(int n) {
        return (List) Arrays.asList(new Pair());
    }
}
