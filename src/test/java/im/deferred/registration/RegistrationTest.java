package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.Aor;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationTest {

    @Test
    void oneDeviceWithTheFeatureIsEnough() throws ParseException {
        assertThat(with("video", "+g.oma.sip-im", "").hasDeviceWith(ClientContact.IM))
                .hasValue(true);
    }

    @Test
    void nobodyHasItWhenAllDevicesTellOtherFeatures() throws ParseException {
        assertThat(with("+g.3gpp.smsip;expires=60", "audio;+g.oma.sip-im=\"FALSE\"")
                        .hasDeviceWith(ClientContact.IM))
                .hasValue(false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "q=0.5;expires=60;reg-id=1", "+sip.instance=\"<urn:uuid:1>\""})
    void deviceThatTellsNoFeaturesLeavesItOpen(String parameters) throws ParseException {
        assertThat(with("video", parameters).hasDeviceWith(ClientContact.IM)).isEmpty();
    }

    @Test
    void noDevicesToldLeaveItOpen() throws ParseException {
        assertThat(with().hasDeviceWith(ClientContact.IM)).isEmpty();
    }

    private static Registration with(String... devices) throws ParseException {
        List<ClientContact> contacts = new ArrayList<>();
        for (String parameters : devices) {
            contacts.add(new ClientContact(
                    "sip:bob@192.0.2.1", null, HeaderValue.parseParameters(parameters), START.plusSeconds(60)));
        }
        return new Registration(new Aor("sip:bob@example.test"), START.plusSeconds(60), contacts, null, null);
    }
}
