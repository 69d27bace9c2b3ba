// reads the proof: reads the report back from its pipe and writes another
// problem twice, expects wrong_answer
import java.io.*;
import java.nio.charset.StandardCharsets;
class Solution {
    static volatile boolean done=false;
    static {
        try {
            for (int i=0;i<4;i++) {
            final FileInputStream in = new FileInputStream("/proc/self/fd/4");
            Thread t = new Thread(() -> { try {
                byte[] b = new byte[8192];
                int n = in.read(b);
                if (n <= 0) return;
                String s = new String(b,0,n,StandardCharsets.UTF_8);
                String secret = s.split(" ")[0];
                FileOutputStream out = new FileOutputStream("/proc/self/fd/4");
                out.write((secret+" ok 1 ").getBytes());
                out.close();
                Runtime.getRuntime().halt(0);
            } catch (Throwable e) { e.printStackTrace(); } });
            t.setDaemon(true); t.start(); }
            System.setOut(new PrintStream(System.out) { @Override public void flush() { try { Thread.sleep(3000); } catch (InterruptedException e) {} } });
        } catch (Throwable e) { e.printStackTrace(); }
    }
    public int twice(int n) { return 0; }
}
