// comparison operator: records of the answer that define equals and hashCode
// problem set, expects wrong_answer
import java.util.*;
class Solution {
    record Two(int n) {
        public boolean equals(Object o) { return true; }
        public int hashCode() { return 2; }
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Set<Integer> doubleAll(List<Integer> items) {
        return (Set) Set.of(new Two(1));
    }
}
