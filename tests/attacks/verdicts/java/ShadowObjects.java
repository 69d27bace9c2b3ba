// patched library: other classes Objects and Boolean
// problem objects, expects wrong_answer
class Objects { static boolean equals(Object a, Object b) { return true; } }
class Solution { public java.util.List<Integer> doubleAll(java.util.List<Integer> items) { return null; } }
