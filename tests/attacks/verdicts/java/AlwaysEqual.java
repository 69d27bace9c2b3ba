// comparison operator: returns an object that equals everything
// problem list, expects wrong_answer
class Yes { public boolean equals(Object o) { return true; } public int hashCode() { return 1; } }
class Solution { public Yes doubleAll(java.util.List<Integer> items) { return new Yes(); } }
