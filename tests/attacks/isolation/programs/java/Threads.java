// attack: thread bomb | expect: contained | alone
class Solution {
    public int twice(int n) {
        while (true) {
            try {
                new Thread(() -> { while (true) { } }).start();
            } catch (Throwable t) { }
        }
    }
}
