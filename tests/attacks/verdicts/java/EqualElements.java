// comparison operator: a list of objects that equal everything
// problem list, expects wrong_answer
import java.util.*;
class Solution {
    static class Yes { public boolean equals(Object o) { return true; } }
    public List<Object> doubleAll(List<Integer> items) {
        return List.of(new Yes(), new Yes(), new Yes());
    }
}
