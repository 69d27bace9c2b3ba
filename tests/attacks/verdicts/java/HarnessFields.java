// reflection: searches the harness's fields and stack for the secret
// problem twice, expects wrong_answer
import java.lang.reflect.*;
class Solution {
    public int twice(int n) {
        try {
            Class<?> harness = Class.forName("codem.Harness");
            for (Field f : harness.getDeclaredFields()) {
                f.setAccessible(true);
                Object value = f.get(null);
                if (value instanceof String) report((String) value);
            }
            StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).forEach(s -> { });
        } catch (Exception e) { }
        return 0;
    }
    private void report(String secret) throws Exception {
        Constructor<java.io.FileDescriptor> make = java.io.FileDescriptor.class.getDeclaredConstructor(int.class);
        make.setAccessible(true);
        new java.io.FileOutputStream(make.newInstance(4)).write((secret + " ok 9 ").getBytes());
        Runtime.getRuntime().halt(0);
    }
}
