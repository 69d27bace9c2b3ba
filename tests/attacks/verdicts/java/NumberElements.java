// comparison operator: subclasses of BigInteger that equal everything
// problem list, expects wrong_answer
import java.math.BigInteger;
import java.util.*;
class Solution {
    static class Yes extends BigInteger {
        Yes() { super("1"); }
        public boolean equals(Object o) { return true; }
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    public List<Integer> doubleAll(List<Integer> items) {
        return (List) List.of(new Yes(), new Yes(), new Yes());
    }
}
