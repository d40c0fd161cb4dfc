package im.deferred.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a README tells its reader to type, in its order: the fenced blocks that are marked {@code sh}, and those of lines for a properties
 * file. A word behind {@code sh} says what is special about the commands: {@code keeps-running} for those of which the last one does not end
 * by itself, {@code systemd} for those that need it.
 */
final class Readme {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|properties)( [a-z-]+)?\\n(.*?)^```$");

    private record Block(String kind, String text) {}

    private final Path file;
    private final String text;
    private final Deque<Block> left = new ArrayDeque<>();

    /** The one in that directory of the project. */
    Readme(String directory) {
        file = Path.of(directory, "README.md");
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Matcher blocks = BLOCK.matcher(text);
        while (blocks.find()) {
            String word = blocks.group(2);
            left.add(new Block(word == null ? blocks.group(1) : blocks.group(1) + word, blocks.group(3)));
        }
    }

    /** The next block, which has to be of commands that end by themselves. */
    String commands() {
        return next("sh");
    }

    /** The next block, which has to be of that kind, such as {@code properties} or {@code sh keeps-running}. */
    String next(String kind) {
        Block block = left.poll();
        if (block == null || !block.kind().equals(kind)) {
            throw new AssertionError("%s has no block '%s' here, but %s".formatted(file, kind, block));
        }
        return block.text();
    }

    /** A command that stands in the text, as it is. */
    String says(String command) {
        if (!text.replaceAll("\\s+", " ").contains("`" + command + "`")) {
            throw new AssertionError("%s does not say %s".formatted(file, command));
        }
        return command;
    }

    /** Nothing may be left that was not tried. */
    void end() {
        if (!left.isEmpty()) {
            throw new AssertionError("%s was not read to its end: %s".formatted(file, left));
        }
    }
}
