// imitated output: a report with an empty secret through an opened descriptor
// problem twice, expects runtime_error
import java.io.*;
import java.lang.reflect.*;
class Solution {
    public int twice(int n) {
        try {
            Constructor<FileDescriptor> make = FileDescriptor.class.getDeclaredConstructor(int.class);
            make.setAccessible(true);
            byte[] buffer = new byte[300];
            int size = 0;
            try { size = Math.max(0, new FileInputStream(make.newInstance(3)).read(buffer)); } catch (IOException e) { }
            FileOutputStream out = new FileOutputStream(make.newInstance(4));
            out.write((new String(buffer, 0, size) + " ok 9 ").getBytes());
            Runtime.getRuntime().halt(0);
        } catch (ReflectiveOperationException | IOException e) { }
        return 0;
    }
}
