package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.deferred.lab.MsrpFrame;
import im.deferred.lab.OverheardFlow;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Trace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything real: two nodes of the server, each an unpacked archive of its own, on one PostgreSQL; Kamailio as the core; Alice is SIPp, and
 * Bob a script that shares nothing with the server.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SystemIT {

    private static final Path SCENARIO = Path.of("src/test/system/alice.xml").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Path LOGS = Path.of("target", "system");
    private static final int WINDOW = 8;
    private static final int COUNT = 1000;
    private static final Duration LEASE = Duration.ofSeconds(5);

    @TempDir
    static Path folder;

    private static final Deque<AutoCloseable> running = new ArrayDeque<>();
    private static final List<InstalledTomcat> nodes = new ArrayList<>();
    private static final int corePort = Configured.freePort();
    private static final int alicePort = Configured.freePort();
    private static WireTap tap;
    private static Kamailio kamailio;

    /** What a message is written as. */
    private record Text(String type, byte[] bytes, String transport) {

        /** With its number behind it, as Alice writes it. */
        byte[] numbered() {
            return (new String(bytes, ISO_8859_1) + "1").getBytes(ISO_8859_1);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        requirePrograms();
        Runtime.getRuntime().addShutdownHook(new Thread(SystemIT::stop));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        say("PostgreSQL: starts, and deploy/postgresql makes role and database");
        PostgresqlServer database = running(new PostgresqlServer(Files.createDirectory(folder.resolve("postgresql"))));
        database.start();
        for (String name : List.of("node1", "node2")) {
            Configured configured = database.configure(new Configured(Path.of("data")))
                    .set("core.uri", "sip:127.0.0.1:" + corePort + ";lr")
                    .set("push.idle", "PT1S")
                    .set("push.window", Integer.toString(WINDOW))
                    .set("node.lease", LEASE.toString());
            InstalledTomcat node =
                    running(new InstalledTomcat(Files.createDirectory(folder.resolve(name)), configured));
            say("%s: starts from its archive, SIP at %d"
                    .formatted(name, node.server().sip().getPort()));
            nodes.add(node);
            node.start();
        }
        tap = running(Tshark.at(sipPorts(), msrpPorts(), folder).orElseGet(OwnTraces::new));
        say("What goes over the wire is told by " + tap);
        say("Kamailio: starts with the configuration of deploy/kamailio");
        kamailio = running(new Kamailio(
                Files.createDirectory(folder.resolve("kamailio")),
                new InetSocketAddress("127.0.0.1", corePort),
                nodes.stream().map(node -> node.server().sip()).toList(),
                List.of("alice", "bob", "carol"),
                tap.configuration()));
    }

    private static void requirePrograms() {
        List<String> missing = new ArrayList<>(Stream.of("kamailio", "sipp", "python3", "psql")
                .filter(program -> ExternalProgram.find(program).isEmpty())
                .toList());
        if (PostgresqlServer.programs().isEmpty()) {
            missing.add("the PostgreSQL server");
        }
        if (!Files.exists(InstalledTomcat.ARCHIVE)) {
            missing.add(InstalledTomcat.ARCHIVE.toString());
        }
        assertThat(missing).as("not installed, and needed here").isEmpty();
    }

    private static <T extends AutoCloseable> T running(T one) {
        synchronized (running) {
            running.push(one);
        }
        return one;
    }

    /** What the programs wrote, for whoever has to find out what went wrong. */
    @AfterAll
    static void keepLogs() throws IOException {
        Files.createDirectories(LOGS);
        for (InstalledTomcat node : nodes) {
            Files.copy(
                    node.console(),
                    LOGS.resolve("node%d.log".formatted(nodes.indexOf(node) + 1)),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (kamailio != null) {
            Files.write(LOGS.resolve("kamailio.log"), kamailio.log().all());
        }
        stop();
    }

    /** Everything, the last that was started first; also when the build is interrupted. */
    private static void stop() {
        synchronized (running) {
            while (!running.isEmpty()) {
                AutoCloseable part = running.pop();
                try {
                    part.close();
                } catch (Exception e) {
                    say(part + " does not close: " + e); // the others have to, all the same
                }
            }
        }
    }

    private static void say(String what) {
        System.out.println("[system] " + what);
    }

    @Test
    @Order(1)
    void playsTheThirteenStepsOnTheWire() throws Exception {
        List<Text> texts = List.of(
                new Text(
                        "text/plain;charset=UTF-8",
                        "Good morning, Bob \u2013 are you there?\r\n\r\n-------".getBytes(UTF_8),
                        "u1"),
                new Text("text/plain;charset=\"ISO-8859-1\"", " Caf\u00e9\tat noon? ".getBytes(ISO_8859_1), "u1"),
                new Text(
                        "text/plain",
                        "A long one, which needs TCP.\r\n".repeat(700).getBytes(UTF_8),
                        "t1"));
        PythonBob bob = running(new PythonBob(folder, "bob", Kamailio.PASSWORD, corePort));
        say("Alice writes three messages while Bob is away");
        for (Text text : texts) {
            write("bob", text.type(), text.bytes(), 1, "-t", text.transport());
        }
        assertThat(waiting()).isEqualTo(3);

        say("Bob registers");
        bob.register(600);
        List<PythonBob.Message> came = bob.messages().await(3, SOON);
        bob.closed().await(1, SOON);
        OverheardFlow flow = overheard(
                bob,
                tap.until(
                        packet -> packet.from() == corePort
                                && packet.to() != bob.port()
                                && packet.text().matches("(?is)SIP/2\\.0 200 .*\r\nCSeq: *\\d+ BYE\r\n.*"),
                        bob));
        tap.close();

        assertThat(waiting()).isZero();
        List<Integer> steps = flow.steps().stream().distinct().toList();
        assertThat(steps)
                .as("an ACK and the SENDs after it go different ways to Bob")
                .containsSubsequence(6, 7, 10)
                .filteredOn(step -> step != 7)
                .containsExactly(1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13);
        List<SipMessage> written = requests(flow, "MESSAGE", "AS");
        assertThat(came).hasSize(3);
        for (int i = 0; i < 3; i++) {
            checkWhole(
                    texts.get(i),
                    written.get(i),
                    came.get(i),
                    sends(flow, came.get(i).messageId()));
        }
        checkRegistration(requests(flow, "REGISTER", "AS").get(0));
        checkInvitation(
                requests(flow, "INVITE", "Core").get(0),
                requests(flow, "INVITE", "Bob").get(0));
    }

    private static OverheardFlow overheard(PythonBob bob, List<Packet> packets) {
        Map<Integer, String> names = new HashMap<>(Map.of(corePort, "Core", alicePort, "Alice", bob.port(), "Bob"));
        nodes.forEach(node -> {
            names.put(node.server().sip().getPort(), "AS");
            names.put(node.server().msrp().getPort(), "AS");
        });
        packets.stream()
                .filter(packet -> packet.connected() && "AS".equals(names.get(packet.to())))
                .forEach(
                        packet -> names.putIfAbsent(packet.from(), packet.text().startsWith("MSRP ") ? "Bob" : "Core"));
        OverheardFlow flow = new OverheardFlow(names, System.out);
        for (Packet packet : packets) {
            if (packet.connected()) {
                flow.segment(packet.at(), packet.from(), packet.to(), packet.bytes());
            } else {
                flow.datagram(packet.at(), packet.from(), packet.to(), packet.bytes());
            }
        }
        return flow;
    }

    private static List<SipMessage> requests(OverheardFlow flow, String method, String to) {
        return flow.seen().stream()
                .filter(seen -> seen.to().equals(to))
                .map(Trace.Seen::message)
                .filter(SipMessage.class::isInstance)
                .map(SipMessage.class::cast)
                .filter(message -> message.isRequest() && message.method().equals(method))
                .toList();
    }

    private static List<MsrpFrame> sends(OverheardFlow flow, String messageId) {
        return flow.seen().stream()
                .map(Trace.Seen::message)
                .filter(MsrpFrame.class::isInstance)
                .map(MsrpFrame.class::cast)
                .filter(frame ->
                        frame.carriesContent() && frame.need("Message-ID").equals(messageId))
                .toList();
    }

    /** Step 8: as it was written, to the letter or by its meaning, with the time at which it came. */
    private static void checkWhole(Text text, SipMessage written, PythonBob.Message came, List<MsrpFrame> sends) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        sends.forEach(send -> sent.writeBytes(send.body()));
        assertThat(came.body()).isEqualTo(sent.toByteArray());
        assertThat(came.type()).isEqualTo("message/sip");
        assertThat(sends.get(0).header("Date")).isPresent();
        SipMessage inner = came.encapsulated();
        assertThat(inner.body()).isEqualTo(text.numbered()).isEqualTo(written.body());
        assertThat(inner.callId()).isEqualTo(written.callId());
        assertThat(inner.from().means(written.from())).isTrue();
        assertThat(inner.to().means(written.to())).isTrue();
        assertThat(inner.address("P-Asserted-Identity").uri()).isEqualTo("sip:alice@example.test");
        assertThat(inner.need("Content-Type").replaceAll("[\" ]", ""))
                .isEqualTo(text.type().replace("\"", ""));
        assertThat(inner.header("Date")).isPresent();
    }

    /** Step 1 (3GPP TS 24.229 5.4.1.7). */
    private static void checkRegistration(SipMessage told) {
        assertThat(told.to().uri()).isEqualTo("sip:bob@example.test");
        assertThat(told.from().uri()).isEqualTo("sip:127.0.0.1:" + corePort);
        assertThat(told.address("Contact").uri()).isEqualTo("sip:127.0.0.1:" + corePort);
        assertThat(told.need("Expires")).isEqualTo("600");
        assertThat(told.need("Content-Type")).startsWith("multipart/mixed");
        assertThat(told.text()).contains("message/sip", "+g.oma.sip-im");
    }

    /** Steps 2 and 3. */
    private static void checkInvitation(SipMessage toCore, SipMessage toBob) {
        assertThat(toCore.requestUri()).isEqualTo("sip:bob@example.test");
        assertThat(toCore.need("Route")).contains("127.0.0.1:" + corePort);
        for (SipMessage invite : List.of(toCore, toBob)) {
            assertThat(invite.to().uri()).isEqualTo("sip:bob@example.test");
            assertThat(invite.from().uri()).isEqualTo("sip:im-server@example.test");
            assertThat(invite.address("P-Asserted-Identity").uri()).isEqualTo("sip:im-server@example.test");
            assertThat(invite.need("Accept-Contact")).isEqualTo("*;+g.oma.sip-im");
            assertThat(invite.need("User-Agent")).startsWith("IM-serv/OMA1.0 deferred-im/");
            assertThat(invite.text())
                    .containsOnlyOnce("m=message ")
                    .containsPattern("\r\nm=message \\d+ TCP/MSRP \\*\r\n")
                    .contains(
                            "\r\na=path:msrp://",
                            "\r\na=accept-types:",
                            "\r\na=sendonly\r\n",
                            "\r\na=setup:actpass\r\n");
        }
    }

    /** Nothing is lost, only what was not confirmed comes again, and the core leaves the dead node alone. */
    @Test
    @Order(2)
    void aNodeIsKilledInAPushOfAThousandMessagesAndTheOtherFinishesIt() throws Exception {
        int confirmed = 300;
        PythonBob carol = running(new PythonBob(folder, "carol", Kamailio.PASSWORD, corePort));
        say("Alice writes %d messages while Carol is away".formatted(COUNT));
        write("carol", "text/plain", "message ".getBytes(UTF_8), COUNT);
        assertThat(waiting()).isEqualTo(COUNT);
        awaitStoredForCarol(COUNT);
        assertThat(nodes).extracting(SystemIT::storedForCarol).containsExactlyInAnyOrder(0L, (long) COUNT);
        carol.hold(confirmed);
        carol.register(600);
        List<PythonBob.Message> before = carol.messages().await(confirmed + WINDOW, LIMIT);
        InstalledTomcat pushing = nodeOf(carol);
        InstalledTomcat other =
                nodes.stream().filter(node -> node != pushing).findFirst().orElseThrow();
        awaitWaiting(other, COUNT - confirmed);

        say("The node that pushes is killed when Carol has confirmed " + confirmed);
        long killed = System.nanoTime();
        pushing.kill();
        carol.closed().await(1, SOON);
        carol.go();
        carol.sessions().await(2, LIMIT);
        say("The other node goes on after %.1f s".formatted((System.nanoTime() - killed) / 1e9));
        carol.closed().await(2, LIMIT);

        List<PythonBob.Message> all = carol.messages().all();
        List<PythonBob.Message> after = all.subList(before.size(), all.size());
        assertThat(before).hasSize(confirmed + WINDOW);
        assertThat(ids(before.subList(confirmed, before.size()))).isEqualTo(ids(after.subList(0, WINDOW)));
        assertThat(ids(all)).hasSize(COUNT + WINDOW);
        Map<String, String> texts = new LinkedHashMap<>();
        all.forEach(
                message -> texts.put(message.messageId(), message.encapsulated().text()));
        assertThat(texts.values()).containsExactly(Writing.numbered(1, COUNT));
        assertThat(other.server().waiting()).isZero();

        kamailio.log()
                .await(
                        line -> line.contains(":" + pushing.server().sip().getPort() + " is not there"),
                        "of the dead node",
                        LIMIT);
        for (String user : List.of("dave", "erin", "frank", "grace", "heidi")) {
            write(user, "text/plain", "message ".getBytes(UTF_8), 1, "-timeout", SOON.toSeconds() + "s");
        }
        assertThat(other.server().waiting()).isEqualTo(5);
    }

    /** How many messages to Carol the core has sent to the node, which stored them. */
    private static long storedForCarol(InstalledTomcat node) {
        try (Stream<String> lines = Files.lines(node.console())) {
            return lines.filter(line -> line.contains(" for sip:carol@example.test stored as "))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a node logs stands in its file a little later. */
    private static void awaitStoredForCarol(long count) {
        assertTimeoutPreemptively(SOON, () -> {
            while (nodes.stream().mapToLong(SystemIT::storedForCarol).sum() < count) {
                Thread.onSpinWait();
            }
        });
    }

    private static List<String> ids(List<PythonBob.Message> messages) {
        return messages.stream().map(PythonBob.Message::messageId).toList();
    }

    /** The node to which the user has connected. */
    private static InstalledTomcat nodeOf(PythonBob user) {
        Set<Integer> connected = user.wire().all().stream().map(Packet::to).collect(Collectors.toSet());
        return nodes.stream()
                .filter(node -> connected.contains(node.server().msrp().getPort()))
                .findFirst()
                .orElseThrow();
    }

    /** Nobody tells when the database has it: the node is asked until it says so, or the time is up. */
    private static void awaitWaiting(InstalledTomcat node, long count) {
        assertTimeoutPreemptively(SOON, () -> {
            while (node.server().waiting() != count) {
                Thread.onSpinWait();
            }
        });
    }

    private static List<Integer> sipPorts() {
        return Stream.concat(
                        Stream.of(corePort),
                        nodes.stream().map(node -> node.server().sip().getPort()))
                .toList();
    }

    private static List<Integer> msrpPorts() {
        return nodes.stream().map(node -> node.server().msrp().getPort()).toList();
    }

    private static long waiting() {
        return nodes.get(0).server().waiting();
    }

    /** Alice writes to a user, so many times, with the number behind each text; one after the other. */
    private void write(String user, String type, byte[] text, int count, String... options) throws Exception {
        Path directory = Files.createTempDirectory(folder, "alice");
        Files.write(directory.resolve("text"), text);
        List<String> command = new ArrayList<>(List.of("sipp", "127.0.0.1:" + corePort, "-sf", SCENARIO.toString()));
        command.addAll(List.of("-s", user, "-au", "alice", "-ap", Kamailio.PASSWORD, "-key", "type", type));
        command.addAll(List.of("-i", "127.0.0.1", "-p", Integer.toString(alicePort)));
        command.addAll(List.of("-m", Integer.toString(count), "-l", "1", "-r", "1000"));
        command.addAll(List.of("-nostdin", "-timeout", LIMIT.toSeconds() + "s", "-timeout_error"));
        command.addAll(List.of(options));
        running(new ExternalProgram("sipp", directory, command)).awaitSuccess(LIMIT);
    }
}
