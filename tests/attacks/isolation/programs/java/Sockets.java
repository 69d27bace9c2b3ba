// attack: opens sockets | expect: wrong_answer | weaker: passed
import java.net.*;

class Solution {
    public int twice(int n) {
        try (Socket one = new Socket("127.0.0.1", @PORT@)) {
            return 2 * n;
        } catch (Exception e) { }
        try (DatagramSocket one = new DatagramSocket()) {
            return 2 * n;
        } catch (Exception e) { }
        return 0;
    }
}
