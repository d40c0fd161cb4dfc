package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Inbox;
import im.deferred.lab.SipMessage;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** Bob as the script {@code src/test/system/bob.py} plays him. */
final class PythonBob implements AutoCloseable {

    /**
     * A message that came whole in a session.
     *
     * @param callId of the session
     * @param confirmed whether Bob answered it 200; else he holds his answer back
     */
    record Message(String callId, String messageId, boolean confirmed, byte[] body, String type) {

        /** The SIP message in it. */
        SipMessage encapsulated() {
            return SipMessage.parse(body);
        }
    }

    private static final Path SCRIPT = Path.of("src/test/system/bob.py").toAbsolutePath();

    private final ExternalProgram program;
    private final Inbox<String> ready = new Inbox<>("ports", this::log);
    private final Inbox<String> registered = new Inbox<>("answers to REGISTER", this::log);
    private final Inbox<String> sessions = new Inbox<>("sessions", this::log);
    private final Inbox<String> closed = new Inbox<>("closed sessions", this::log);
    private final Inbox<Message> messages = new Inbox<>("messages", this::log);
    private final Inbox<Packet> wire = new Inbox<>("packets", this::log);
    private final int port;

    /** Starts him; he is not registered. */
    PythonBob(Path directory, String name, String password, int corePort) {
        program = new ExternalProgram(
                "bob",
                directory,
                List.of("python3", SCRIPT.toString(), name, password, "example.test", Integer.toString(corePort)),
                this::told);
        port = Integer.parseInt(ready.next(SOON));
    }

    private void told(String line) {
        String[] words = line.split(" ", 6);
        switch (words[0]) {
            case "ready" -> ready.add(words[1]);
            case "registered" -> registered.add(words[1]);
            case "session" -> sessions.add(words[1]);
            case "closed" -> closed.add(words[1]);
            case "message" ->
                messages.add(new Message(
                        words[1],
                        words[2],
                        words[3].equals("confirmed"),
                        Base64.getDecoder().decode(words[4]),
                        words[5]));
            case "wire" ->
                wire.add(new Packet(
                        Packet.time(words[1]),
                        words[2].equals("tcp"),
                        Integer.parseInt(words[3]),
                        Integer.parseInt(words[4]),
                        Base64.getDecoder().decode(words[5])));
            default -> {} // a page, or what Python says when something goes wrong: it is in the log
        }
    }

    private String log() {
        return program.lines().all().stream()
                .filter(line -> !line.startsWith("wire ") && !line.startsWith("message "))
                .collect(Collectors.joining("\n"));
    }

    /** Where he takes SIP, UDP and TCP. */
    int port() {
        return port;
    }

    /** Registers for so many seconds, with his password. */
    void register(int seconds) {
        program.say("register " + seconds);
        assertThat(registered.next(SOON)).isEqualTo("200");
    }

    /** From the next whole message on he confirms so many, and holds back his answers to what comes then. */
    void hold(int count) {
        program.say("hold " + count);
    }

    /** Confirms what he held back, and all that follows. */
    void go() {
        program.say("go");
    }

    /** The whole messages that came in sessions. */
    Inbox<Message> messages() {
        return messages;
    }

    /** The Call-IDs of the sessions to which he was invited. */
    Inbox<String> sessions() {
        return sessions;
    }

    /** The Call-IDs of the sessions that are over. */
    Inbox<String> closed() {
        return closed;
    }

    /** All that went over his sockets. */
    Inbox<Packet> wire() {
        return wire;
    }

    @Override
    public void close() {
        program.close();
    }
}
