// comparison operator: a list that equals everything
// problem list, expects wrong_answer
import java.util.*;
class Solution {
    public List<Integer> doubleAll(List<Integer> items) {
        return new ArrayList<>() { public boolean equals(Object o) { return true; } };
    }
}
