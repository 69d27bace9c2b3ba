// exec of another program: runs /bin/true and exits with its status
// problem twice, expects runtime_error
class Solution {
    public int twice(int n) {
        try { System.exit(new ProcessBuilder("/bin/true").start().waitFor()); } catch (Exception e) { }
        return 0;
    }
}
