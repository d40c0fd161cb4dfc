package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.await;
import static im.deferred.it.Writing.defer;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Draft;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.Sent;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Subscription;
import im.deferred.lab.User;
import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** Senders who ask are told what becomes of their messages (RFC 5438, rules I1 to I4), and nobody is told of what they are told. */
@ExtendWith(ArquillianExtension.class)
class ImdnIT {

    private static final String NAMESPACE = "urn:ietf:params:xml:ns:imdn";
    private static final String WAITING = "deferred_im_messages_waiting";

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT0.3S",
                "push.retry-first=PT60S",
                "message.answer-timeout=PT5S",
                "message.expiry-interval=PT0.2S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    private Draft asking(String dispositions, String messageId) {
        return alice.write(bob.aor()).body("message/cpim", cpim(alice, bob, dispositions, messageId));
    }

    private static byte[] cpim(User from, User to, String dispositions, String messageId) {
        return """
                From: <%s>
                To: Bob <%s>
                NS: n <urn:ietf:params:imdn>
                n.Message-ID: %s
                DateTime: 2026-11-22T09:05:03+01:00
                n.Disposition-Notification: %s
                NS: x <urn:example:unknown>
                x.Mood: \\u263a; "fine"

                Content-Type: text/plain;charset=utf-8

                Grüße""".formatted(from.aor(), to.aor(), messageId, dispositions)
                .replace("\n", "\r\n")
                .getBytes(UTF_8);
    }

    /** What a client says when it has shown a message; it asks itself for all that the server tells, as it may not (RFC 5438 §7.2.1). */
    private static byte[] displayed(User from, User to, String messageId) {
        return """
                From: <%s>
                To: <%s>
                NS: imdn <urn:ietf:params:imdn>
                imdn.Message-ID: of-%s
                DateTime: 2026-11-22T09:05:03+01:00
                imdn.Disposition-Notification: processing, negative-delivery

                Content-Type: message/imdn+xml
                Content-Disposition: notification

                <imdn xmlns="%s"><message-id>%s</message-id><datetime>2026-11-22T09:05:03+01:00</datetime>\
                <display-notification><status><displayed/></status></display-notification></imdn>""".formatted(from.aor(), to.aor(), messageId, NAMESPACE, messageId)
                .replace("\n", "\r\n")
                .getBytes(UTF_8);
    }

    private static Document xml(String cpim) {
        try {
            DocumentBuilderFactory documents = DocumentBuilderFactory.newInstance();
            documents.setNamespaceAware(true);
            String content = cpim.split("\r\n\r\n", 3)[2];
            return documents.newDocumentBuilder().parse(new InputSource(new StringReader(content)));
        } catch (Exception e) {
            throw new AssertionError(cpim, e);
        }
    }

    private static String text(Document xml, String element) {
        return xml.getElementsByTagNameNS(NAMESPACE, element).item(0).getTextContent();
    }

    private static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream().map(message -> message.encapsulated().text()).toList();
    }

    /** So many pages came, and the next one is what the user asks for now. */
    private void nothingMoreFor(User user, int pages) {
        User away = scene.user("away");
        defer(user.write(away.aor()).body("message/cpim", cpim(user, away, "processing", "last")));
        SipMessage next = user.awaitPages(pages + 1, SOON).get(pages);
        assertThat(text(xml(next.text()), "message-id")).isEqualTo("last");
    }

    @Test
    void i3_tellsASenderWhoAskedThatTheMessageIsStored() {
        scene.register(alice);
        defer(asking("processing", "m1"));

        SipMessage page = alice.awaitPages(1, SOON).get(0);
        assertThat(page.from().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(page.to().sipUri().aor()).isEqualTo(alice.aor());
        assertThat(page.address("P-Asserted-Identity").uri()).isEqualTo(bob.aor());
        assertThat(page.need("Auto-Submitted")).isEqualTo("auto-replied");
        assertThat(page.need("User-Agent")).startsWith("IM-serv/OMA1.0 ");
        assertThat(page.need("Content-Type")).isEqualTo("message/cpim");
        assertThat(page.text())
                .startsWith("From: Bob <" + bob.aor() + ">\r\nTo: <" + alice.aor() + ">\r\n")
                .contains("Content-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n")
                .doesNotContain("Disposition-Notification");
        Document xml = xml(page.text());
        assertThat(xml.getDocumentElement().getNamespaceURI()).isEqualTo(NAMESPACE);
        assertThat(text(xml, "message-id")).isEqualTo("m1");
        assertThat(text(xml, "datetime")).isEqualTo("2026-11-22T09:05:03+01:00");
        assertThat(text(xml, "recipient-uri")).isEqualTo(bob.aor());
        assertThat(xml.getElementsByTagNameNS(NAMESPACE, "stored").getLength()).isOne();
        assertThat(xml.getElementsByTagNameNS(NAMESPACE, "processing-notification")
                        .getLength())
                .isOne();
        nothingMoreFor(alice, 1);
    }

    @Test
    void i3_tellsNobodyWhoDidNotAsk() {
        scene.register(alice);
        defer(asking("positive-delivery, display", "m1"));
        defer(alice.write(bob.aor()).text("plain"));

        nothingMoreFor(alice, 0);
    }

    /** RFC 3834 §2: what says no was written by a person. */
    @Test
    void i4_whatAProgramSentIsToldToNobody() {
        scene.register(alice);
        defer(asking("processing", "m1").header("Auto-Submitted", "auto-generated"));
        defer(asking("processing", "m2").header("Auto-Submitted", "auto-replied"));
        defer(asking("processing", "m3").header("Auto-Submitted", "no"));

        assertThat(text(xml(alice.awaitPages(1, SOON).get(0).text()), "message-id"))
                .isEqualTo("m3");
        nothingMoreFor(alice, 1);
    }

    @Test
    void i4_aConferenceIsToldNothing() {
        scene.register(alice);
        defer(asking("processing", "m1").header("Contact", "<" + alice.aor() + ">;isfocus"));

        nothingMoreFor(alice, 0);
    }

    /** It asks for what nobody may ask of a notification; what is written after it expires after it. */
    @Test
    void i4_aNotificationThatExpiresIsToldToNobody() {
        scene.register(bob);
        long before = scene.server().waiting();
        defer(bob.write(alice.aor())
                .body("message/cpim", displayed(bob, alice, "m1"))
                .header("Expires", "1"));
        User away = scene.user("away");
        defer(bob.write(away.aor())
                .body("message/cpim", cpim(bob, away, "negative-delivery", "m2"))
                .header("Expires", "2"));

        Document xml = xml(bob.awaitPages(1, SOON).get(0).text());
        assertThat(text(xml, "message-id")).isEqualTo("m2");
        assertThat(xml.getElementsByTagNameNS(NAMESPACE, "failed").getLength()).isOne();
        scene.awaitFigure(WAITING, before);
        nothingMoreFor(bob, 1);
    }

    @Test
    void i3_tellsASenderThatAMessageIsExpired() {
        scene.register(alice);
        long before = scene.server().waiting();
        defer(asking("negative-delivery", "m1").header("Expires", "1"));

        SipMessage page = alice.awaitPages(1, SOON).get(0);
        Document xml = xml(page.text());
        assertThat(text(xml, "message-id")).isEqualTo("m1");
        assertThat(xml.getElementsByTagNameNS(NAMESPACE, "failed").getLength()).isOne();
        assertThat(xml.getElementsByTagNameNS(NAMESPACE, "delivery-notification")
                        .getLength())
                .isOne();

        scene.register(bob);
        scene.awaitFigure(WAITING, before); // it is deleted when its sender has been told
        nothingMoreFor(alice, 1);
        assertThat(bob.calls().size()).isZero();
    }

    @Test
    void i3_aSenderWhoIsAwayIsToldWhenSheRegisters() {
        long before = scene.server().waiting();
        Subscription waiting = alice.subscribe(3600);
        defer(asking("processing, negative-delivery", "m1").header("Expires", "1"));
        waiting.await("2/0 (0/0)", SOON);

        alice.register();

        List<ReceivedMessage> messages = alice.awaitMessages(2, SOON);
        assertThat(texts(messages).get(0)).contains("<stored/>");
        assertThat(texts(messages).get(1)).contains("<failed/>");
        SipMessage inner = messages.get(0).encapsulated();
        assertThat(inner.from().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(inner.need("Content-Type")).isEqualTo("message/cpim");
        alice.awaitBye(SOON);
        assertThat(scene.wire().requestsFromServer("MESSAGE", alice.aor())).isEmpty();
        scene.awaitFigure(WAITING, before);
    }

    @Test
    void i3_aSenderWhoCannotTakeItIsToldLater() {
        scene.register(alice);
        alice.answerPages(486);
        defer(asking("processing", "m1"));
        alice.awaitPages(1, SOON);

        alice.register();

        assertThat(texts(alice.awaitMessages(1, SOON)).get(0)).contains("<stored/>");
        alice.awaitBye(SOON);
        assertThat(alice.pages().size()).isOne();
    }

    @Test
    void i3_aStrangerIsToldThroughTheCore() {
        User zoe = scene.device("sip:zoe@elsewhere.test");
        scene.core().domain("elsewhere.test");
        zoe.register();

        defer(zoe.write(bob.aor()).body("message/cpim", cpim(zoe, bob, "processing", "m1")));

        assertThat(zoe.awaitPages(1, SOON).get(0).text()).contains("<stored/>");
    }

    @Test
    void i4_whatAClientTellsIsForwarded() {
        scene.register(alice);
        byte[] displayed = displayed(bob, alice, "m1");

        assertThat(bob.write(alice.aor()).body("message/cpim", displayed).send().status())
                .isEqualTo(200);

        assertThat(alice.awaitPages(1, SOON).get(0).body()).isEqualTo(displayed);
    }

    @Test
    void i4_whatAClientTellsWaitsAndNobodyIsToldOfIt() {
        scene.register(bob);
        long before = scene.server().waiting();
        byte[] displayed = displayed(bob, alice, "m1");
        defer(bob.write(alice.aor()).body("message/cpim", displayed).header("Expires", "1"));
        defer(bob.write(alice.aor()).body("message/cpim", displayed));

        alice.register();

        ReceivedMessage message = alice.awaitMessages(1, SOON).get(0);
        assertThat(message.encapsulated().body()).isEqualTo(displayed);
        alice.awaitBye(SOON);
        scene.awaitFigure(WAITING, before); // what was not pushed is expired
        nothingMoreFor(bob, 0);
    }

    @Test
    void c2_whatIsUnknownStaysAsItCame() {
        byte[] body = cpim(alice, bob, "display", "m1");
        byte[] requires = new String(body, UTF_8)
                .replace("NS: n <", "Require: Vital\r\nNS: n <")
                .replace("display", "processing")
                .getBytes(UTF_8);
        scene.register(alice);
        scene.register(bob);
        assertThat(alice.write(bob.aor()).body("message/cpim", body).send().status())
                .isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).body()).isEqualTo(body);
        scene.deregister(bob);
        defer(alice.write(bob.aor()).body("message/cpim", body));
        defer(alice.write(bob.aor()).body("message/cpim", requires));

        bob.register();

        List<ReceivedMessage> messages = bob.awaitMessages(2, SOON);
        assertThat(messages.get(0).encapsulated().body()).isEqualTo(body);
        assertThat(messages.get(1).encapsulated().body()).isEqualTo(requires);
        nothingMoreFor(alice, 0);
    }

    @Test
    void whatIsGoodForNowOnlyIsDeliveredOrRefused() {
        long before = scene.server().waiting();
        var away = alice.write(bob.aor()).text("now!").header("Expires", "0").send();
        assertThat(away.status()).isEqualTo(480);
        assertThat(away.response().need("Warning")).startsWith("399 ").contains("Expired");

        scene.register(bob);
        assertThat(alice.write(bob.aor())
                        .text("now!")
                        .header("Expires", "0")
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).need("Expires")).isEqualTo("0");

        bob.answerPages(486);
        assertThat(alice.write(bob.aor())
                        .text("now!")
                        .header("Expires", "0")
                        .send()
                        .status())
                .isEqualTo(486);
        assertThat(scene.server().waiting()).isEqualTo(before);
    }

    @Test
    void aHundredSendersAreToldOneAfterTheOther() {
        scene.register(alice);
        List<CompletableFuture<Sent>> sent = IntStream.range(0, 100)
                .mapToObj(i -> asking("processing", "m" + i).start())
                .toList();
        sent.forEach(each -> assertThat(await(each).status()).isEqualTo(202));

        List<SipMessage> pages = alice.awaitPages(100, Duration.ofSeconds(20));
        assertThat(pages.stream().map(page -> text(xml(page.text()), "message-id")))
                .hasSize(100)
                .doesNotHaveDuplicates();
    }
}
