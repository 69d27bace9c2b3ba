package codem;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/** Runs a program's tests and reports how they ended, with the secret of this run. */
public final class Harness {
    private static final String PIPES = "/proc/self/fd/";
    private static final int SECRET_FD = 3;
    private static final int REPORT_FD = 4;

    private Harness() {}

    // Reflection would need --add-opens, with which a JVM takes 14 ms longer to start.
    private static FileInputStream input(int number) throws Exception {
        try {
            return new FileInputStream(PIPES + number);
        } catch (FileNotFoundException denied) {
            return new FileInputStream(Descriptors.of(number));
        }
    }

    private static FileOutputStream output(int number) throws Exception {
        try {
            return new FileOutputStream(PIPES + number);
        } catch (FileNotFoundException denied) {
            return new FileOutputStream(Descriptors.of(number));
        }
    }

    /** For a pipe of another user, which cannot be opened again. */
    private static final class Descriptors {
        static FileDescriptor of(int number) throws Exception {
            // By name, or javac warns of it in every batch.
            Class<?> kind = Class.forName("sun.misc.Unsafe");
            var holder = kind.getDeclaredField("theUnsafe");
            holder.setAccessible(true);
            Object unsafe = holder.get(null);
            Object offset = kind.getMethod("objectFieldOffset", Field.class)
                    .invoke(unsafe, FileDescriptor.class.getDeclaredField("fd"));
            FileDescriptor made = new FileDescriptor();
            kind.getMethod("putInt", Object.class, long.class, int.class).invoke(unsafe, made, offset, number);
            return made;
        }
    }

    public static void main(String[] args) throws Exception {
        // Before any class of the answer is initialised.
        String secret;
        try (FileInputStream in = input(SECRET_FD)) {
            // readNBytes and readAllBytes would ask a pipe for its position.
            byte[] buffer = new byte[256];
            secret = new String(buffer, 0, Math.max(0, in.read(buffer)), StandardCharsets.US_ASCII);
        }
        String verdict;
        try {
            Class<?> tests = Class.forName(args[0] + ".CodemTests");
            settleAssertions(args[0]);
            var main = tests.getMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[0]);
            verdict = "ok 1 ";
        } catch (InvocationTargetException wrapped) {
            verdict = explain(wrapped.getCause(), args[0]);
        } catch (ReflectiveOperationException | LinkageError problem) {
            verdict = "error 0 " + problem;
        }
        try (FileOutputStream out = output(REPORT_FD)) {
            out.write((secret + " " + verdict).getBytes(StandardCharsets.UTF_8));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Initialises the tests' inner classes that assert: the answer could turn assertions off later. */
    private static void settleAssertions(String name) throws ReflectiveOperationException {
        String[] files = new File("/work", name).list((folder, file) -> file.startsWith("CodemTests$"));
        for (String file : files == null ? new String[0] : files) {
            ClassLoader loader = Harness.class.getClassLoader();
            String inner = name + "." + file.substring(0, file.length() - ".class".length());
            for (var field : Class.forName(inner, false, loader).getDeclaredFields()) {
                if (field.getName().equals("$assertionsDisabled")) Class.forName(inner, true, loader);
            }
        }
    }

    /** What the tests themselves throw is a wrong answer, what the answer throws is an error. */
    private static String explain(Throwable thrown, String name) {
        boolean isTests = false;
        int line = 0;
        for (StackTraceElement frame : thrown.getStackTrace()) {
            if (frame.getClassName().startsWith(name + ".")) {
                isTests = "CodemTests.java".equals(frame.getFileName());
                line = frame.getLineNumber();
                break;
            }
        }
        String text = thrown.toString().replaceAll("\\s+", " ");
        text = text.substring(0, Math.min(1500, text.length())) + " (line " + line + ")";
        return (isTests ? "failed 1 " : "error 0 ") + text;
    }
}
