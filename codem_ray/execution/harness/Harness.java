package codem;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/** Runs a program's tests and reports their result together with the secret of this run. */
public final class Harness {
    // A path instead of a descriptor, for which Java would need reflection and --add-opens.
    private static final String SECRET = "/proc/self/fd/3";
    /** Descriptor of the report; the shell that starts the JVM connects it. */
    private static final FileDescriptor REPORT = FileDescriptor.in;

    private static boolean isBegun;

    private Harness() {}

    public static void main(String[] args) throws Exception {
        if (isBegun) throw new IllegalStateException("the tests run already");
        isBegun = true;
        // Read before any class of the answer is initialised.
        String secret;
        try (FileInputStream in = new FileInputStream(SECRET)) {
            // Not readNBytes or readAllBytes, which ask a pipe for its position.
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
        try (FileOutputStream out = new FileOutputStream(REPORT)) {
            out.write((secret + " " + verdict).getBytes(StandardCharsets.UTF_8));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Initialises inner classes of the tests that assert, before the answer can disable assertions. */
    private static void settleAssertions(String name) throws ReflectiveOperationException {
        String[] files = new File("/work", name).list();
        for (String file : files == null ? new String[0] : files) {
            // Not by a filter, because the first lambda of a process takes 20 ms.
            if (!file.startsWith("CodemTests$")) continue;
            ClassLoader loader = Harness.class.getClassLoader();
            String inner = name + "." + file.substring(0, file.length() - ".class".length());
            for (var field : Class.forName(inner, false, loader).getDeclaredFields()) {
                if (field.getName().equals("$assertionsDisabled")) Class.forName(inner, true, loader);
            }
        }
    }

    /** Classifies an exception: thrown by the tests it is a failed check, by the answer an error. */
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
