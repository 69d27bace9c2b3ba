// resource error: turns an OutOfMemoryError into an exit with status 0
// problem twice, expects runtime_error
class Solution {
    public int twice(int n) {
        try { return new long[Integer.MAX_VALUE - 8].length; }
        catch (OutOfMemoryError e) { Runtime.getRuntime().halt(0); return 0; }
    }
}
