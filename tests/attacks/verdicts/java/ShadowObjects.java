// patched library: classes Objects and Boolean of its own
// problem objects, expects wrong_answer
class Objects { static boolean equals(Object a, Object b) { return true; } }
class Solution { public java.util.List<Integer> doubleAll(java.util.List<Integer> items) { return null; } }
