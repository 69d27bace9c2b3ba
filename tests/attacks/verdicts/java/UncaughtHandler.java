// exception: a handler of uncaught exceptions that ends with status 0
// problem twice, expects wrong_answer
class Solution {
    public int twice(int n) {
        Thread.setDefaultUncaughtExceptionHandler((t, e) -> Runtime.getRuntime().halt(0));
        Thread.currentThread().setUncaughtExceptionHandler((t, e) -> Runtime.getRuntime().halt(0));
        return 0;
    }
}
