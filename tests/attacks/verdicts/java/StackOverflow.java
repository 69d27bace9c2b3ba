// resource error: turns a stack overflow into an exit with status 0
// problem twice, expects runtime_error
class Solution {
    private int down(int n) { return down(n + 1) + 1; }
    public int twice(int n) {
        try { return down(n); } catch (StackOverflowError e) { Runtime.getRuntime().halt(0); return 0; }
    }
}
