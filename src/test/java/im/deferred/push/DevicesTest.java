package im.deferred.push;

import static im.deferred.message.Messages.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.message.Messages;
import im.deferred.registration.ClientContact;
import im.deferred.registration.Registration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DevicesTest {

    private static final ClientContact IM = contact("phone", "+g.oma.sip-im", "");
    private static final ClientContact VOICE = contact("desk", "+g.3gpp.icsi-ref", "urn%3Aurn-7%3Avoice");
    private static final ClientContact SILENT = contact("tablet", "q", "0.5");

    @Test
    void whereTheCoreToldNoDevicesOneMayTakeMessages() {
        assertThat(devices()).isEqualTo(new Devices(Set.of(BOB.uri()), true));
    }

    @Test
    void oneThatSaysSoTakesMessages() {
        assertThat(devices(VOICE, IM).takeMessages()).isTrue();
    }

    @Test
    void oneThatTellsOtherServicesAloneDoesNot() {
        assertThat(devices(VOICE).takeMessages()).isFalse();
        assertThat(devices(contact("phone", "+g.oma.sip-im", "FALSE")).takeMessages())
                .isFalse();
    }

    @Test
    void oneThatTellsNoServicesMay() {
        assertThat(devices(SILENT).takeMessages()).isTrue();
        assertThat(devices(VOICE, SILENT).takeMessages()).isTrue();
    }

    @Test
    void devicesAreKnownByTheirInstanceOrElseTheirAddress() {
        ClientContact nameless = new ClientContact("sip:bob@192.0.2.1", null, Map.of(), Messages.NOW);
        assertThat(devices(IM, nameless).keys())
                .containsExactlyInAnyOrder(BOB + " urn:uuid:phone", BOB + " sip:bob@192.0.2.1");
    }

    private static Devices devices(ClientContact... contacts) {
        return Devices.of(new Registration(BOB, Messages.NOW, List.of(contacts), null, null));
    }

    static ClientContact contact(String device, String tag, String value) {
        return new ClientContact(
                "sip:bob@" + device, "urn:uuid:" + device, Map.of(tag, value), Messages.NOW.plusSeconds(3600));
    }
}
