// replaces files: writes classes and a manifest where the machine could load them
// problem twice, expects wrong_answer
import java.io.*;
class Solution {
    static {
        for (String path : new String[] {"/work/codem/Harness.class", "/work/META-INF/MANIFEST.MF", "/work/CodemTests.class"}) {
            try (FileOutputStream out = new FileOutputStream(path)) { out.write(0); } catch (IOException e) { }
        }
    }
    public int twice(int n) { return 0; }
}
