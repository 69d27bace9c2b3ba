// patched library: a class called java that hides the packages
// problem twice, expects wrong_answer
class java {
    static class util { static class Objects { static boolean equals(Object a, Object b) { return true; } } }
}
class Solution { public int twice(int n) { return 0; } }
