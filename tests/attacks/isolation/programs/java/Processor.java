// attack: annotation processor | expect: wrong_answer
import java.util.*;
import javax.annotation.processing.*;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
class Evil extends AbstractProcessor {
    static { try { new java.io.File("/work/processed").createNewFile(); } catch (java.io.IOException e) { } }

    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        throw new RuntimeException("ran inside the compiler");
    }
}

@SupportedAnnotationTypes("*")
class Solution {
    public int twice(int n) {
        return new java.io.File("/work/processed").exists() ? 2 * n : 0;
    }
}
