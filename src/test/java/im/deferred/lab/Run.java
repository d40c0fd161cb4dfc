package im.deferred.lab;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationException;
import im.deferred.app.ConfigurationReader;
import im.deferred.app.StartException;
import im.deferred.app.embedded.EmbeddedServer;
import im.deferred.app.embedded.Logging;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code mvn -Prun} starts: the embedded server, and the lab beside it. The system property {@code lab} is {@code on}
 * (play the flow, then stay), {@code once} (play it and exit, 0 if every step happened) or {@code off} (the server alone). One
 * line and exit code 1 if something cannot start.
 */
public final class Run {

    private static final Pattern PORT = Pattern.compile("sips?:[^;?]*:([0-9]+)([;?].*)?");

    private Run() {}

    /** @param arguments the path of the WAR */
    public static void main(String[] arguments) {
        try {
            run(Path.of(arguments[0]), System.getProperty("lab", "on"));
        } catch (ConfigurationException | StartException | UncheckedIOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void run(Path war, String mode) {
        if (!mode.matches("on|off|once")) {
            throw new StartException("lab = '" + mode + "': allowed is on, off or once", null);
        }
        Logging.toStandardError();
        Configuration configuration = ConfigurationReader.read();
        String console =
                "http://%s:%d/deferred-im/%nIts user is operator, with the password that the first start told or the configuration has."
                        .formatted(
                                configuration.http().host(),
                                configuration.http().port());
        if (mode.equals("off")) {
            EmbeddedServer server = EmbeddedServer.start(configuration, war);
            atExit(server::close);
            System.out.println("Console: " + console);
            return;
        }
        Path log = EmbeddedServer.dataDir(configuration).resolve("deferred-im.log");
        Logging.toFile(log);
        EmbeddedServer server = EmbeddedServer.start(configuration, war);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        InetSocketAddress as = new InetSocketAddress(
                configuration.sip().host(), configuration.sip().port());
        Lab lab = new Lab(as, corePort(configuration.core().uri()), out);
        atExit(() -> {
            lab.close();
            server.close();
        });
        boolean complete = lab.play();
        out.println("Log: " + log);
        if (mode.equals("once")) {
            System.exit(complete ? 0 : 1);
        }
        out.println("Console: " + console);
        out.println("The server and the lab stay up until Ctrl-C.");
    }

    private static int corePort(String coreUri) {
        Matcher port = PORT.matcher(coreUri);
        return port.matches() ? Integer.parseInt(port.group(1)) : Lab.CORE_PORT;
    }

    private static void atExit(Runnable stop) {
        Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
    }
}
