// thread: System.exit(0) in another thread
// problem twice, expects runtime_error
class Solution {
    public int twice(int n) {
        new Thread(() -> System.exit(0)).start();
        try { Thread.sleep(300); } catch (InterruptedException e) { }
        return 0;
    }
}
