package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.NotNow;
import im.deferred.core.RefusedException;
import im.deferred.core.SipIpCore;
import im.deferred.registration.Registrations.Change;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the core's third-party REGISTER (FLOW.md, step 1): stores it, answers it, and only then tells who listens who is registered, so
 * that the core has its 200 before any push begins. Who is not any more is told before, and so before who registers after that 200.
 */
public final class Registrar {

    private static final Logger log = LoggerFactory.getLogger(Registrar.class);

    private final SipIpCore core;
    private final Registrations registrations;
    private final Clock clock;
    private final List<RegistrationListener> listeners = new CopyOnWriteArrayList<>();
    private volatile RegEvents regEvents;

    /**
     * @param core says whom to trust and whose users are served
     * @param registrations where registrations are kept
     * @param clock from when they last
     */
    public Registrar(SipIpCore core, Registrations registrations, Clock clock) {
        this.core = core;
        this.registrations = registrations;
        this.clock = clock;
    }

    /** Tells the listener of everything that is registered and deregistered from now on. */
    public void listen(RegistrationListener listener) {
        listeners.add(listener);
    }

    /** Has whoever registers from now on followed by the registration event. */
    public void follow(RegEvents events) {
        regEvents = events;
    }

    /**
     * Takes a REGISTER and answers it: 200, or 403 if it is not from the core, 400 if it is malformed, 404 for a domain that is
     * not served, 503 if it could not be stored.
     *
     * @throws IOException if the request could not be read, or a refusal not sent
     */
    public void take(SipServletRequest request) throws IOException {
        ThirdPartyRegister register;
        Change change;
        try {
            register = admitted(request);
            change = store(register);
        } catch (RefusedException refused) {
            log.warn(
                    "REGISTER {} from {} refused: {} {}",
                    request.getCallId(),
                    request.getRemoteAddr(),
                    refused.status(),
                    refused.getMessage());
            request.createResponse(refused.status(), refused.getMessage()).send();
            return;
        } catch (PersistenceException e) {
            log.error("REGISTER {} could not be stored: {}", request.getCallId(), e.toString());
            NotNow.answer(request);
            return;
        }
        log.debug("REGISTER {}: {} for {} s", request.getCallId(), register.user(), register.expires());
        tellDeregistered(change);
        ok(request, register.expires());
        tellRegistered(change);
        if (regEvents != null && register.expires() > 0) {
            regEvents.registered(register.user());
        } else if (regEvents != null) {
            regEvents.deregistered(register.user());
        }
    }

    /** Tells the listeners what changed. */
    public void tell(Change change) {
        tellRegistered(change);
        tellDeregistered(change);
    }

    private void tellRegistered(Change change) {
        change.registered().forEach(user -> tell(listener -> listener.registered(user)));
    }

    private void tellDeregistered(Change change) {
        change.deregistered().forEach(user -> tell(listener -> listener.deregistered(user)));
    }

    private ThirdPartyRegister admitted(SipServletRequest request) throws RefusedException, IOException {
        if (!core.trusts(request)) {
            throw new RefusedException(403, "Not From The Core");
        }
        ThirdPartyRegister register = ThirdPartyRegister.of(request);
        if (!core.serves(register.user())) {
            throw new RefusedException(404, "Unknown Domain");
        }
        if (!register.body().ignored().isEmpty()) {
            log.warn(
                    "REGISTER {}: left out: {}",
                    request.getCallId(),
                    register.body().ignored());
        }
        return register;
    }

    private Change store(ThirdPartyRegister register) {
        RegisterBody body = register.body();
        Set<Aor> implicitSet = body.associated().stream().filter(core::serves).collect(Collectors.toSet());
        if (register.expires() == 0) {
            return registrations.end(register.user(), implicitSet);
        }
        Instant now = clock.instant();
        Instant expiresAt = now.plusSeconds(register.expires());
        return registrations.renew(
                new Registration(
                        register.user(),
                        expiresAt,
                        body.clientContacts(now, expiresAt),
                        body.serviceInfo(),
                        body.userAgent()),
                implicitSet);
    }

    /** A 200 that is lost changes nothing: the user is registered, and the core will ask again. */
    private static void ok(SipServletRequest request, long expires) {
        SipServletResponse response = request.createResponse(SipServletResponse.SC_OK);
        response.setHeader("Expires", Long.toString(expires));
        // The charging correlation of the core's request belongs into our answer too (RFC 7315 §4.6).
        String charging = request.getHeader("P-Charging-Vector");
        if (charging != null) {
            response.setHeader("P-Charging-Vector", charging);
        }
        try {
            response.send();
        } catch (IOException e) {
            log.warn("REGISTER {}: the 200 could not be sent", request.getCallId(), e);
        }
    }

    /** It is stored: a listener that fails must not cost the others their turn, nor the core its answer. */
    private void tell(Consumer<RegistrationListener> news) {
        for (RegistrationListener listener : listeners) {
            try {
                news.accept(listener);
            } catch (RuntimeException e) {
                log.error("a listener failed on a registration", e);
            }
        }
    }
}
