// redefined harness: classes that hide the harness's package and class
// problem list, expects wrong_answer
class codem {
    static class Plain { static <T> T of(T value) { return value; } }
    static class CodemPlain { static <T> T of(T value) { return value; } }
}
class CodemPlain { static <T> T of(T value) { return value; } }
class Solution {
    public java.util.List<Integer> doubleAll(java.util.List<Integer> items) {
        return new java.util.ArrayList<>() { public boolean equals(Object o) { return true; } };
    }
}
