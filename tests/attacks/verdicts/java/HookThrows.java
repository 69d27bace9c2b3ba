// exit handler: an exception in a shutdown hook
// problem twice, expects runtime_error
class Solution {
    static { Runtime.getRuntime().addShutdownHook(new Thread(() -> { throw new RuntimeException(); })); }
    public int twice(int n) { System.exit(0); return 0; }
}
