package codem;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/** Runs a program's tests and reports how they ended, with the secret of this run. */
public final class Harness {
    // Without reflection, which would need --add-opens: with it a JVM takes 14 ms longer to start.
    private static final String SECRET = "/proc/self/fd/3";
    /** The report's descriptor, put there by the shell that starts this. */
    private static final FileDescriptor REPORT = FileDescriptor.in;

    private static boolean isBegun;

    private Harness() {}

    public static void main(String[] args) throws Exception {
        if (isBegun) throw new IllegalStateException("the tests run already");
        isBegun = true;
        // Before any class of the answer is initialised.
        String secret;
        try (FileInputStream in = new FileInputStream(SECRET)) {
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
        try (FileOutputStream out = new FileOutputStream(REPORT)) {
            out.write((secret + " " + verdict).getBytes(StandardCharsets.UTF_8));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Initialises the tests' inner classes that assert: the answer could turn assertions off later. */
    private static void settleAssertions(String name) throws ReflectiveOperationException {
        String[] files = new File("/work", name).list();
        for (String file : files == null ? new String[0] : files) {
            // Not by a filter: the first lambda of a process takes it 20 ms.
            if (!file.startsWith("CodemTests$")) continue;
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
