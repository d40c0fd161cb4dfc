package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import im.deferred.registration.RegInfo.Entry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S2: {@code application/reginfo+xml}. */
class RegInfoTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Aor TEL = new Aor("tel:+491234");

    private static final String REGINFO = """
            <reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"
                version="%s" state="%s">%s</reginfo>""";

    @Test
    void readsEverything() throws RefusedException {
        RegInfo info = parse(7, "full", """
                <registration aor="sips:Bob@Example.test;user=phone" id="a" state="active">
                  <contact id="1" state="active" event="registered" expires="60" q="0.8" callid="x" cseq="1">
                    <uri> sip:bob@192.0.2.1 </uri>
                    <display-name>Bob &amp; Co</display-name>
                    <unknown-param name="+SIP.instance">"&lt;urn:uuid:1&gt;"</unknown-param>
                    <unknown-param name="+g.oma.sip-im"/>
                    <gr:pub-gruu uri="sip:bob@example.test;gr=urn:uuid:1"/>
                    <gr:temp-gruu uri="sip:tgruu.1@example.test;gr" first-cseq="1"/>
                    <more xmlns="urn:other"><uri>sip:mallory@192.0.2.9</uri></more>
                  </contact>
                  <contact id="2" state="terminated" event="expired"><uri>sip:bob@192.0.2.2</uri></contact>
                </registration>
                <registration aor="tel:+49-1234" id="b" state="terminated"/>
                <registration xmlns="urn:other" aor="sip:mallory@example.test" state="active"/>
                """);

        assertThat(info.version()).isEqualTo(7);
        assertThat(info.full()).isTrue();
        assertThat(info.registrations()).extracting(Entry::user).containsExactly(new Aor("sip:Bob@example.test"), TEL);
        assertThat(info.registrations()).extracting(Entry::active).containsExactly(true, false);
        Entry bob = info.registrations().get(0);
        assertThat(bob.gone()).containsExactly("sip:bob@192.0.2.2");
        ClientContact contact = bob.present().get(0).at(START, START);
        assertThat(contact.uri()).isEqualTo("sip:bob@192.0.2.1");
        assertThat(contact.instanceId()).isEqualTo("urn:uuid:1");
        assertThat(contact.expiresAt()).isEqualTo(START.plusSeconds(60));
        assertThat(contact.featureTags())
                .containsExactly(
                        entry("q", "0.8"),
                        entry("+sip.instance", "<urn:uuid:1>"),
                        entry("+g.oma.sip-im", ""),
                        entry("pub-gruu", "sip:bob@example.test;gr=urn:uuid:1"),
                        entry("temp-gruu", "sip:tgruu.1@example.test;gr"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"expired", "unregistered", "deactivated", "rejected", "probation", "unheard-of"})
    void terminatedContactIsGoneWhyeverItIs(String event) throws RefusedException {
        RegInfo info = parse(0, "partial", registration("active", """
                <contact id="1" state="terminated" event="%s"><uri>sip:bob@192.0.2.1</uri></contact>
                """.formatted(event)));

        assertThat(info.full()).isFalse();
        assertThat(info.registrations().get(0).gone()).containsExactly("sip:bob@192.0.2.1");
        assertThat(info.registrations().get(0).present()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<reginfo",
                "<other/>",
                "<reginfo version='0' state='full'/>",
                "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' state='full'/>",
                "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='x' state='full'/>",
                "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='-1' state='full'/>",
                "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='0' state='half'/>",
                "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='0' state='full'/><again/>",
                "<!DOCTYPE reginfo [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><reginfo>&e;</reginfo>",
                "<!DOCTYPE reginfo><reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='0' state='full'/>",
            })
    void whatIsNoRegistrationInformationIs400(String document) {
        assertRefused(400, document);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<registration state='active'/>",
                "<registration aor='sip:bob@example.test' state='asleep'/>",
                "<registration aor='sip:bob@example.test'/>",
            })
    void malformedRegistrationIs400(String registration) {
        assertRefused(400, REGINFO.formatted(0, "full", registration));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<contact state='active'/>",
                "<contact state='active'><uri> </uri></contact>",
                "<contact state='active'><uri>sip:a<b/></uri></contact>",
                "<contact state='here'><uri>sip:bob@192.0.2.1</uri></contact>",
                "<contact><uri>sip:bob@192.0.2.1</uri></contact>",
                "<contact state='active' expires='soon'><uri>sip:bob@192.0.2.1</uri></contact>",
                "<contact state='active'><uri>sip:bob@192.0.2.1</uri><unknown-param>x</unknown-param></contact>",
            })
    void malformedContactIs400(String contact) {
        assertRefused(400, REGINFO.formatted(0, "full", registration("active", contact)));
    }

    @Test
    void limits() throws RefusedException {
        String contact = "<contact state='active'><uri>sip:bob@192.0.2.1:%d</uri></contact>";
        StringBuilder contacts = new StringBuilder();
        for (int i = 0; i < RegisterBody.MAX_VALUES; i++) {
            contacts.append(contact.formatted(i));
        }
        String most = registration("active", contacts.toString());
        assertThat(parse(0, "full", most).registrations().get(0).present()).hasSize(RegisterBody.MAX_VALUES);
        assertRefused(400, REGINFO.formatted(0, "full", registration("active", contacts + contact.formatted(1))));
        String longest = "sip:" + "b".repeat(RegisterBody.MAX_CONTACT - 4);
        assertThat(parse(0, "full", registration("active", uri(longest))).registrations())
                .hasSize(1);
        assertRefused(400, REGINFO.formatted(0, "full", registration("active", uri(longest + "b"))));
        assertRefused(413, " ".repeat(RegInfoReader.MAX_SIZE + 1));
        StringBuilder registrations = new StringBuilder();
        for (int i = 0; i <= RegisterBody.MAX_VALUES; i++) {
            registrations.append("<registration aor='sip:bob%d@example.test' state='active'/>".formatted(i));
        }
        assertRefused(400, REGINFO.formatted(0, "full", registrations));
    }

    @Test
    void identityOfNoUserIsLeftOut() throws RefusedException {
        assertThat(parse(0, "full", "<registration aor='sip:example.test' state='active'/>")
                        .registrations())
                .isEmpty();
    }

    @Test
    void twoSpellingsOfOneUserAreOne() throws RefusedException {
        RegInfo info = parse(
                0,
                "full",
                registration("active", uri("sip:bob@192.0.2.1"))
                        + "<registration aor='sips:bob@EXAMPLE.test' state='terminated'/>");

        assertThat(info.registrations()).hasSize(1);
        assertThat(info.registrations().get(0).active()).isTrue();
    }

    @Test
    void fullDocumentEndsWhomItIsSilentOf() throws RefusedException {
        String bob = registration("active", uri("sip:bob@192.0.2.1"));

        assertThat(parse(1, "full", bob).after(Set.of(BOB, TEL)).registrations())
                .extracting(Entry::user, Entry::active)
                .containsExactly(tuple(BOB, true), tuple(TEL, false));
        assertThat(parse(1, "partial", bob).after(Set.of(BOB, TEL)).registrations())
                .hasSize(1);
    }

    @Test
    void whatIsKnownOfAContactStaysWhenItIsNotToldAgain() throws RefusedException {
        ClientContact known = new ClientContact(
                "sip:bob@192.0.2.1",
                "urn:uuid:1",
                Map.of("+g.oma.sip-im", "", "+sip.instance", "<urn:uuid:1>"),
                START.plusSeconds(60));
        Registration before = new Registration(BOB, START.plusSeconds(90), List.of(known), null, null);

        Entry told = parse(1, "full", registration("active", uri("sip:bob@192.0.2.1") + uri("sip:bob@192.0.2.2")))
                .registrations()
                .get(0);
        List<ClientContact> contacts = told.contacts(Optional.of(before), true, START, START);

        assertThat(contacts)
                .containsExactly(known, new ClientContact("sip:bob@192.0.2.2", null, Map.of(), START.plusSeconds(90)));
    }

    @Test
    void featuresThatAreToldTakeThePlaceOfThoseKnown() throws RefusedException {
        ClientContact known =
                new ClientContact("sip:bob@192.0.2.1", null, Map.of("+g.oma.sip-im", ""), START.plusSeconds(60));
        Registration before = new Registration(BOB, START.plusSeconds(90), List.of(known), null, null);

        Entry told =
                parse(1, "partial", registration("active", """
                <contact state="active"><uri>sip:bob@192.0.2.1</uri><unknown-param name="video"/></contact>""")).registrations().get(0);

        assertThat(told.contacts(Optional.of(before), false, START, START)
                        .get(0)
                        .featureTags())
                .containsOnlyKeys("video");
    }

    private static String registration(String state, String contacts) {
        return "<registration aor='sip:bob@example.test' id='a' state='%s'>%s</registration>"
                .formatted(state, contacts);
    }

    private static String uri(String uri) {
        return "<contact id='c' state='active' event='registered'><uri>%s</uri></contact>".formatted(uri);
    }

    private static RegInfo parse(int version, String state, String registrations) throws RefusedException {
        return RegInfo.parse(REGINFO.formatted(version, state, registrations).getBytes(UTF_8));
    }

    private static void assertRefused(int status, String document) {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> RegInfo.parse(document.getBytes(UTF_8)))
                .matches(e -> e.status() == status);
    }
}
