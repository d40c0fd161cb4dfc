package im.deferred.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who follows the READMEs in one shell, on a machine of his own as far as the network, the processes and the directories go
 * that the commands write to. He has a checkout in which nothing was built but the WAR, and is root there. What is to be done is collected
 * first, and done at once in {@link #succeeds}.
 */
final class Newcomer {

    /** The embedded server, as Maven would start it; in the checkout. */
    static final String SERVER =
            "java -Xmx512m -cp \"$TEST_CLASS_PATH\" im.deferred.app.embedded.EmbeddedServer target/deferred-im.war";

    /** What readiness is, in the words of the READMEs. */
    static final String READY = "curl http://127.0.0.1:8080/deferred-im/health/ready";

    private static final List<String> NAMESPACES =
            List.of("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child");

    private final Path directory;
    private final StringBuilder script = new StringBuilder();

    /** With that empty directory to himself. */
    Newcomer(Path directory) throws IOException {
        this.directory = Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        // /etc is a copy, so that what is installed there is; nothing is in the others.
        script.append("""
                set -Eeuo pipefail
                trap 'echo "failed: $BASH_COMMAND" >&2' ERR
                here=$1 project=$2
                ip link set lo up
                mkdir "$here/srv" "$here/etc"
                mount -t tmpfs -o mode=755 none "$here/etc"
                cp -a /etc/. "$here/etc"
                mount --bind "$here/etc" /etc
                mount --bind "$here/srv" /srv
                mount -t tmpfs -o mode=755 none /opt
                mount -t tmpfs -o mode=755 none /run
                export HOME="${HOME:-/root}" PATH="$JAVA_HOME/bin:$PATH"
                mkdir -p /srv/deferred-im/target
                cd "$project"
                cp -r pom.xml sip.xml README.md LICENSE .mvn src deploy /srv/deferred-im
                cp target/deferred-im.war /srv/deferred-im/target
                cd /srv/deferred-im
                starts() {
                  set -m
                  # Where the tests run in the background SIGINT is ignored.
                  env --default-signal=INT bash -Eeuo pipefail "/srv/$1.sh" > "/srv/$1.log" 2>&1 &
                  set +m
                  declare -g "$1=$!"
                  timeout 600 bash -c "until $2; do kill -0 $! || exit 1; sleep 0.1; done" 2> /dev/null || {
                    echo "$1 is not ready, and says:"
                    cat "/srv/$1.log"
                    false
                  }
                }
                stops() {
                  kill -INT -- "-${!1}"
                  wait "${!1}" || true
                  # What it has started may take longer.
                  timeout 60 bash -c "while kill -0 -- -${!1}; do sleep 0.1; done" 2> /dev/null
                }
                set -x
                """);
    }

    /** The test goes on if this system lets commands have a network and directories of their own, and else says why not. */
    static void assumeSomewhereToBe() throws Exception {
        assumeInstalled("unshare", "ip", "bash", "curl", "setsid");
        assume("root".equals(System.getProperty("user.name")), "the commands of the READMEs need root");
        List<String> command = new ArrayList<>(NAMESPACES);
        command.addAll(List.of("mount", "-t", "tmpfs", "none", "/opt"));
        Process process = new ProcessBuilder(command).inheritIO().start();
        boolean possible = process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        process.destroyForcibly();
        assume(possible, "no namespaces can be made here");
    }

    /** The test goes on if these programs are there, and else says which is not. */
    static void assumeInstalled(String... programs) {
        for (String program : programs) {
            assume(ExternalProgram.find(program).isPresent(), program + " is not installed");
        }
    }

    private static void assume(boolean given, String reason) {
        if (!given) {
            System.out.println("SKIPPED: " + reason + ", a README is not tried");
        }
        assumeTrue(given, reason);
    }

    /** Goes to that directory of the checkout. */
    Newcomer goesTo(String place) {
        return runs("cd /srv/deferred-im/" + place + "\n");
    }

    /** Maven takes what was downloaded for this build, and runs no tests. */
    Newcomer hasMaven() {
        String repository = System.getProperty("maven.repo.local");
        return runs("printf '%s\\n' -o -B -DskipTests > .mvn/maven.config")
                .runs(repository == null ? "" : "echo '-Dmaven.repo.local=" + repository + "' >> .mvn/maven.config");
    }

    /** Runs these commands, of which each has to go well. */
    Newcomer runs(String commands) {
        script.append(commands).append('\n');
        return this;
    }

    /** Runs these commands, and types that when asked. */
    Newcomer runsTyping(String input, String commands) {
        return runs("{\n%s\n} <<< '%s'".formatted(commands, input));
    }

    /** The file of that name has these lines too. */
    Newcomer writes(String file, String lines) {
        return runs("cat >> %s <<'END OF LINES'\n%s\nEND OF LINES".formatted(file, lines));
    }

    /**
     * Runs commands of which the last one does not end, and waits until it is ready.
     *
     * @param name a word
     * @param until a command that goes well from then on
     */
    Newcomer starts(String name, String commands, String until) {
        return runs("""
                cat > /srv/%1$s.sh <<'END OF COMMANDS'
                %2$s
                END OF COMMANDS
                starts %1$s '%3$s'
                """.formatted(name, commands, until));
    }

    /** Presses Ctrl-C where it runs, and waits until it has ended, with all that it started. */
    Newcomer stops(String name) {
        return runs("stops " + name);
    }

    /** What is printed by the {@code main} of that class of the tests. */
    Newcomer visits(Class<?> visitor, String... arguments) {
        return runs("java -cp \"$TEST_CLASS_PATH\" " + visitor.getName() + " " + String.join(" ", arguments));
    }

    /** Does all of it; what was printed. */
    List<String> succeeds(Duration limit) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("setsid", "--wait", "env"));
        command.add("JAVA_HOME=" + System.getProperty("java.home"));
        // Surefire puts a jar with a manifest into java.class.path, and the true one here.
        command.add("TEST_CLASS_PATH="
                + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(NAMESPACES);
        try {
            Path file = Files.writeString(directory.resolve("script"), script);
            command.addAll(List.of(
                    "bash",
                    file.toString(),
                    directory.toString(),
                    Path.of("").toAbsolutePath().toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ExternalProgram shell = new ExternalProgram("the newcomer's shell", directory, command)) {
            shell.awaitSuccess(limit);
            return shell.lines().all();
        }
    }
}
