package im.deferred.lab;

/** What can be seen on a wire of the lab. */
public sealed interface WireMessage permits SipMessage, MsrpFrame {

    /** The first line, as sent. */
    String startLine();
}
