// attack: reads other programs' files | expect: wrong_answer
import java.io.File;

class Solution {
    public int twice(int n) {
        for (String one : new File("/work").list()) {
            if (one.startsWith("u") && !one.equals(Solution.class.getPackageName())) return 2 * n;
        }
        for (int i = 0; i < 9; i++) {
            if (Solution.class.getPackageName().equals("u" + i)) continue;
            try {
                Class.forName("u" + i + ".Solution");
                return 2 * n;
            } catch (ClassNotFoundException e) { }
        }
        return 0;
    }
}
