// attack: memory bomb | expect: contained | alone
import java.nio.ByteBuffer;
import java.util.*;

class Solution {
    public int twice(int n) {
        List<Object> held = new ArrayList<>();
        while (true) {
            try {
                held.add(new byte[8 << 20]);
                ByteBuffer block = ByteBuffer.allocateDirect(32 << 20);
                while (block.hasRemaining()) block.put((byte) 1);
                held.add(block);
            } catch (OutOfMemoryError e) { }
        }
    }
}
