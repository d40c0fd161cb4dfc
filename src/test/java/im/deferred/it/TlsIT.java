package im.deferred.it;

import static im.deferred.it.Newcomer.READY;
import static im.deferred.it.Newcomer.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS end to end by the commands of {@code deploy/tls}, with Kamailio as the core: SIP on both legs of the server, MSRP and HTTP. */
class TlsIT {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final String IS_READY = READY + " | grep -qx ok";

    /** Has Kamailio say what it receives and sends, by which port of its own, once it is decrypted. */
    private static final String SAYS_WHAT_IT_SEES = """
            loadmodule "sipdump.so"
            modparam("sipdump", "enable", 1)
            modparam("sipdump", "mode", 2)
            event_route[sipdump:msg] {
            	xlog("WIRE $sipdump(tag) $sipdump(src_port) $sipdump(dst_port) $(sipdump(buf){line.at,0}) $(sipdump(buf){line.sw,CSeq:})\\n");
            }
            """;

    private static final Pattern SEEN = Pattern.compile(
            ".*WIRE (rcv|snd) (\\d+) (\\d+) (?:SIP/2\\.0 (\\d{3}) .*|\\S+ \\S+ SIP/2\\.0) CSeq: \\d+ (\\w+).*");

    @TempDir
    private Path directory;

    /** Alice, who is away, writes to herself; MSRP to her client is over TLS, with a certificate of the same authority. */
    @Test
    void theThirteenStepsAreOverTls() throws Exception {
        Newcomer.assumeSomewhereToBe();
        Newcomer.assumeInstalled("kamailio", "openssl");
        Readme kamailio = new Readme("deploy/kamailio");
        Readme tls = new Readme("deploy/tls");
        Newcomer newcomer = new Newcomer(directory)
                .goesTo("deploy/kamailio")
                .runs(kamailio.commands())
                .goesTo("")
                .writes("deferred-im.properties", kamailio.next("properties"))
                .runs(kamailio.commands())
                .runs(tls.commands())
                .runs(tls.commands())
                .runs(tls.commands())
                .runs(tls.commands())
                .writes("/etc/kamailio/kamailio.cfg", SAYS_WHAT_IT_SEES)
                .runs("cat tls.properties >> ../deferred-im.properties");

        startServer(newcomer);
        newcomer.starts("kamailio", "kamailio -DD -E -m 64", "true")
                .goesTo("tls")
                .runs(tls.commands())
                .runs("""
                        openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=core -keyout other.key -out other.crt
                        $connect -cert other.crt -key other.key < /dev/null || echo 'Refused, as nobody vouches for it'
                        certificate client IP:127.0.0.1
                        openssl pkcs12 -export -inkey client.key -in client.crt -certfile ca.crt -passout file:password -out client.p12
                        """)
                .visits(KamailioUser.class, "alice", "secret", ".")
                .runs(
                        "timeout 60 bash -c 'until grep -q \"WIRE snd .* SIP/2.0 200 .* BYE\" /srv/kamailio.log; do sleep 0.1; done'")
                .runs("cat /srv/kamailio.log");
        List<String> said = newcomer.succeeds(LIMIT);

        assertThat(said)
                .contains("ok", "Refused, as it has no certificate", "Refused, as nobody vouches for it")
                .contains("pushed to sip:alice@example.test");
        List<String> seen = said.stream()
                .flatMap(line -> SEEN.matcher(line).results())
                .map(TlsIT::leg)
                .toList();
        assertThat(seen).noneMatch(message -> message.contains("without TLS"));
        assertThat(seen)
                .containsSubsequence(
                        "Bob>Core REGISTER", "Core>Bob 200 REGISTER", "Core>AS REGISTER", "AS>Core 200 REGISTER");
        assertThat(seen)
                .containsSubsequence(
                        "AS>Core INVITE",
                        "Core>Bob INVITE",
                        "Bob>Core 200 INVITE",
                        "Core>AS 200 INVITE",
                        "AS>Core ACK",
                        "Core>Bob ACK",
                        "AS>Core BYE",
                        "Core>Bob BYE",
                        "Bob>Core 200 BYE",
                        "Core>AS 200 BYE");
        tls.end();
    }

    /** Whoever listens where the core should be is told nothing, unless the server's authority vouches for him. */
    @Test
    void nothingIsSentToACoreThatIsNotTheOne() throws Exception {
        Newcomer.assumeSomewhereToBe();
        Newcomer.assumeInstalled("openssl");
        Readme tls = new Readme("deploy/tls");
        String certificates = tls.commands();
        Newcomer newcomer = new Newcomer(directory)
                .runs(certificates)
                .runs(tls.commands())
                .runs(tls.commands())
                .runs("cat tls.properties >> ../deferred-im.properties; mkdir ../other; cd ../other")
                .runs(certificates);

        startServer(newcomer);
        newcomer.starts(
                        "other",
                        "cd other/tls; openssl s_server -accept 127.0.0.1:5061 -cert core.crt -key core.key",
                        "grep -q ACCEPT /srv/other.log")
                .visits(CoreOfOneUser.class, "sip:alice@example.test")
                .runs(
                        "timeout 60 bash -c 'until grep -q \"alert certificate unknown\" /srv/other.log; do sleep 0.1; done'")
                .runs("cat /srv/other.log");

        assertThat(newcomer.succeeds(LIMIT)).noneMatch(line -> line.contains("INVITE"));
    }

    /** Kamailio listens on 5060 for users, and on 5061 over TLS for the server, which is on 5080 without. */
    private static String leg(MatchResult seen) {
        boolean received = seen.group(1).equals("rcv");
        String own = seen.group(received ? 3 : 2);
        String other = seen.group(received ? 2 : 3);
        String peer = own.equals("5061") ? "AS" : other.equals("5080") ? "AS without TLS" : "Bob";
        String status = seen.group(4) == null ? "" : seen.group(4) + " ";
        return (received ? peer + ">Core " : "Core>" + peer + " ") + status + seen.group(5);
    }

    private static void startServer(Newcomer newcomer) {
        newcomer.goesTo("");
        if (!OpenLiberty.isChosen()) {
            newcomer.starts("server", SERVER, IS_READY);
            return;
        }
        Readme readme = new Readme("deploy/open-liberty");
        readme.next("sh keeps-running");
        newcomer.runs("cp -r '%s' wlp; rm -rf wlp/usr/servers"
                        .formatted(Path.of(System.getProperty("it.liberty")).toAbsolutePath()))
                .starts("server", readme.next("sh keeps-running"), IS_READY)
                .stops("server")
                .runs("mv deferred-im.properties wlp/usr/servers/deferred-im/bootstrap.properties")
                .starts("server", "wlp/bin/server run deferred-im", IS_READY);
    }
}
