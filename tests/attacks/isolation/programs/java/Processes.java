// attack: double fork | expect: wrong_answer
class Solution {
    public int twice(int n) {
        String script = "trap '' TERM; setsid sleep 100 & setsid sh -c 'sleep 100' &";
        try {
            new ProcessBuilder("/bin/sh", "-c", script).start();
            Thread.sleep(100);
        } catch (Exception e) { }
        return 0;
    }
}
