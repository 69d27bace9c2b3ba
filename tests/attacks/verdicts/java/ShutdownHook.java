// exit handler: a shutdown hook that ends with status 0
// problem twice, expects runtime_error
class Solution {
    static { Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0))); }
    public int twice(int n) { System.exit(1); return 0; }
}
