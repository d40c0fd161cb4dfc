package im.deferred.message;

import im.deferred.message.Encapsulation.Form;
import java.util.List;

/** How a message came. */
public enum Origin {
    /** As a SIP MESSAGE (RFC 3428), or in place of one. */
    SIP_MESSAGE(Form.SIP, Form.SIPFRAG, Form.CPIM),
    /** As a SEND in an MSRP session (RFC 4975). */
    MSRP_SEND(Form.MSRP, Form.CPIM);

    private final List<Form> forms;

    Origin(Form... forms) {
        this.forms = List.of(forms);
    }

    /** The forms that such a message can be sent in, the preferred one first. */
    public List<Form> forms() {
        return forms;
    }
}
