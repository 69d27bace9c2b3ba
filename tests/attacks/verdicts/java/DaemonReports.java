// thread: a thread that writes reports while the tests run
// problem twice, expects wrong_answer
import java.io.*;
class Solution {
    static {
        Thread t = new Thread(() -> {
            try (FileOutputStream out = new FileOutputStream("/proc/self/fd/4")) {
                for (int i = 0; i < 50; i++) out.write(" ok 9 ".getBytes());
            } catch (IOException e) { }
        });
        t.setDaemon(true);
        t.start();
    }
    public int twice(int n) { return 0; }
}
