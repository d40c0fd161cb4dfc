package im.deferred.lab;

/** What carries SIP between two hops. */
public enum Transport {
    UDP,
    TCP
}
