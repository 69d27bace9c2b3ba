// comparison operator: a list that equals everything inside a library list
// problem list, expects wrong_answer
import java.util.*;
class Solution {
    public List<Integer> doubleAll(List<Integer> items) {
        return Collections.unmodifiableList(new ArrayList<>() { public boolean equals(Object o) { return true; } });
    }
}
