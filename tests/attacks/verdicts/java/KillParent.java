// kills its parent or peer: kills all processes that it sees
// problem twice, expects wrong_answer
class Solution {
    public int twice(int n) {
        ProcessHandle.allProcesses().forEach(p -> { try { p.destroyForcibly(); } catch (Exception e) { } });
        return 0;
    }
}
