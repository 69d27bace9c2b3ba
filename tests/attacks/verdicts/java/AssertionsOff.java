// redefined assertion: disables assertions in classes that are loaded later
// problem asserted, expects wrong_answer
class Solution {
    static {
        ClassLoader.getSystemClassLoader().clearAssertionStatus();
        ClassLoader.getSystemClassLoader().setDefaultAssertionStatus(false);
    }
    public int twice(int n) { return 0; }
}
