package im.deferred.conformance;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * A test that shows a rule.
 *
 * @param className of its class
 * @param method its name: one prefix such as {@code m08_} for each rule that it is named after, then what it shows
 */
record NamedTest(String className, String method) {
    private static final Pattern NAME = Pattern.compile("((?:(?:[mr][0-9]{2}|s[0-9])_)+)[a-zA-Z].*");
    private static final Pattern TEST_CLASS = Pattern.compile(".*(Test|IT)\\.class");

    /** Reads {@code room.ClassName.method}. */
    static NamedTest parse(String text) {
        int dot = text.lastIndexOf('.');
        if (dot < 0) {
            throw new IllegalArgumentException("no test: " + text);
        }
        return new NamedTest("im.deferred." + text.substring(0, dot), text.substring(dot + 1));
    }

    /** Where the classes of the tests are. */
    static Path folder() {
        try {
            return Path.of(NamedTest.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All that are named after rules, whether they are run or not. */
    static List<NamedTest> all() {
        Path folder = folder();
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> folder.relativize(file).toString())
                    .filter(file -> TEST_CLASS.matcher(file).matches())
                    .sorted()
                    .flatMap(NamedTest::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<NamedTest> of(String file) {
        String name = file.substring(0, file.length() - ".class".length()).replace(File.separatorChar, '.');
        try {
            return Arrays.stream(Class.forName(name, false, NamedTest.class.getClassLoader())
                            .getDeclaredMethods())
                    .map(Method::getName)
                    .filter(method -> NAME.matcher(method).matches())
                    .sorted()
                    .map(method -> new NamedTest(name, method));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether there is such a test, of whichever kind. */
    boolean exists() {
        try {
            return Arrays.stream(Class.forName(className, false, NamedTest.class.getClassLoader())
                            .getDeclaredMethods())
                    .filter(each -> each.getName().equals(method))
                    .anyMatch(each -> AnnotationSupport.isAnnotated(each, Testable.class));
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** The ids of the rules it is named after. */
    List<String> rules() {
        var name = NAME.matcher(method);
        if (!name.matches()) {
            throw new IllegalStateException("names no rule: " + method);
        }
        return List.of(name.group(1).toUpperCase(Locale.ROOT).split("_"));
    }

    @Override
    public String toString() {
        return className.substring(className.lastIndexOf('.') + 1) + "." + method;
    }
}
