// attack: reads host files | expect: wrong_answer | weaker: passed
import java.nio.file.*;

class Solution {
    public int twice(int n) {
        for (String path : new String[] {"@MARKER@", "/etc/passwd", "/proc/1/root/etc/passwd"}) {
            if (java.nio.file.Files.exists(Path.of(path))) return 2 * n;
        }
        return 0;
    }
}
