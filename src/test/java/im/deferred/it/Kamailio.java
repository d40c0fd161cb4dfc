package im.deferred.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import im.deferred.lab.Inbox;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Kamailio with the configuration of {@code deploy/kamailio}, as its README says but for the places and a registration that may be short. */
final class Kamailio implements AutoCloseable {

    /** What all users have. */
    static final String PASSWORD = "secret";

    private static final Path CONFIGURATION = Path.of("deploy/kamailio");

    private final ExternalProgram program;

    /**
     * Starts it.
     *
     * @param directory where its files go
     * @param address where it listens
     * @param nodes where the server's nodes listen for SIP
     * @param users their names, in the domain {@code example.test}
     */
    Kamailio(Path directory, InetSocketAddress address, List<InetSocketAddress> nodes, List<String> users)
            throws IOException, GeneralSecurityException {
        this(directory, address, nodes, users, "");
    }

    /** The same, with more modules or parameters of modules in its configuration. */
    Kamailio(Path directory, InetSocketAddress address, List<InetSocketAddress> nodes, List<String> users, String more)
            throws IOException, GeneralSecurityException {
        Files.writeString(
                directory.resolve("kamailio.cfg"),
                Files.readString(CONFIGURATION.resolve("kamailio.cfg"))
                        .replace("\"min_expires\", 60", "\"min_expires\", 1")
                        .replace("\nrequest_route {", more + "\nrequest_route {"));
        Files.writeString(
                directory.resolve("site.cfg"),
                Files.readString(CONFIGURATION.resolve("site.cfg"))
                        .replace("/etc/kamailio/", directory + "/")
                        .replace("!5060!", "!" + address.getPort() + "!"));
        Files.writeString(
                directory.resolve("servers.list"),
                nodes.stream()
                        .map(node -> "1 sip:127.0.0.1:" + node.getPort() + "\n")
                        .collect(Collectors.joining()));
        Path accounts = Files.createDirectory(directory.resolve("users"));
        Files.copy(CONFIGURATION.resolve("users/version"), accounts.resolve("version"));
        String table = Files.readString(CONFIGURATION.resolve("users/subscriber"));
        for (String user : users) {
            table += "%d:%s:example.test:-:%s:-\n".formatted(table.lines().count(), user, ha1(user));
        }
        Files.writeString(accounts.resolve("subscriber"), table);
        program = new ExternalProgram(
                "kamailio", directory, List.of("kamailio", "-f", directory + "/kamailio.cfg", "-DD", "-E", "-m", "64"));
    }

    private static String ha1(String user) throws GeneralSecurityException {
        byte[] text = (user + ":example.test:" + PASSWORD).getBytes(UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text));
    }

    /** What it says. */
    Inbox<String> log() {
        return program.lines();
    }

    @Override
    public void close() {
        program.close();
    }
}
