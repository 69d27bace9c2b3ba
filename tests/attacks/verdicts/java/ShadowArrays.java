// patched library: another class Arrays in the tests' package
// problem twice, expects wrong_answer
class Arrays {
    static <T> java.util.List<T> asList(T... items) { return new java.util.ArrayList<T>(); }
}
class Solution { public int twice(int n) { return 0; } }
