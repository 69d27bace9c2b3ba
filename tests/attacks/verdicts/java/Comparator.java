// comparison operator: a sorted set whose comparator treats all elements as equal
// problem set, expects wrong_answer
import java.util.*;
class Solution {
    public Set<Integer> doubleAll(List<Integer> items) {
        Set<Integer> made = new TreeSet<>((a, b) -> 0);
        made.add(99);
        return made;
    }
}
