package im.deferred.console.api;

import im.deferred.console.api.Problem.Kind;
import im.deferred.core.Aor;
import im.deferred.core.Patience;
import im.deferred.message.DeferredMessage;
import im.deferred.message.Inventory;
import im.deferred.message.MessageStore;
import im.deferred.message.MessageTooLargeException;
import im.deferred.message.Spool;
import im.deferred.message.Spools;
import im.deferred.message.StoreBusyException;
import im.deferred.message.StoredMessage;
import im.deferred.message.Submissions;
import im.deferred.message.Submitted;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/** {@code /messages}: hands messages in, and shows, withdraws and releases those that wait. */
public final class MessagesResource implements Resource {

    private static final Logger log = LoggerFactory.getLogger(MessagesResource.class);

    private static final int USUAL_PAGE = 100;
    private static final int LARGEST_PAGE = 1000;

    /** What JSON needs at most for an octet of a text: an escape. */
    private static final int OCTETS_OF_AN_ESCAPE = 6;

    /** Longer than a deletion takes; a sender who asked to be told of it may take longer. */
    private static final Duration WITHDRAWAL_LIMIT = Duration.ofSeconds(5);

    private static final Answer BEING_DONE = new Answer(202, Map.of(), null, new byte[0]);

    private static final int BESIDE_THE_BODY = 64 * 1024;

    private final Submissions submissions;
    private final Spools spools;
    private final MessageStore store;
    private final Inventory inventory;
    private final Consumer<Aor> released;
    private final Function<DeferredMessage, CompletionStage<Void>> end;
    private final Consumer<Aor> withdrawn;
    private final long maxSize;
    private final JsonReader json;

    /**
     * @param spools where bodies grow until they are whole
     * @param released is told of the recipients of messages that were held
     * @param end ends a message before its time
     * @param withdrawn is told of the recipients of those that were ended so
     * @param maxSize the largest body, in octets; that of the spools
     */
    public MessagesResource(
            Submissions submissions,
            Spools spools,
            MessageStore store,
            Inventory inventory,
            Consumer<Aor> released,
            Function<DeferredMessage, CompletionStage<Void>> end,
            Consumer<Aor> withdrawn,
            long maxSize) {
        this.submissions = submissions;
        this.spools = spools;
        this.store = store;
        this.inventory = inventory;
        this.released = released;
        this.end = end;
        this.withdrawn = withdrawn;
        this.maxSize = maxSize;
        this.json = new JsonReader(OCTETS_OF_AN_ESCAPE * maxSize + BESIDE_THE_BODY, maxSize);
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("POST", "messages", this::submit),
                new Route("GET", "messages", this::list),
                new Route("GET", "messages/{id}", this::show),
                new Route("DELETE", "messages/{id}", this::withdraw),
                new Route("POST", "messages/{id}/release", this::release));
    }

    private Answer submit(Call call) throws IOException {
        Optional<String> key = IdempotencyKey.of(call.http());
        try (Spool spool = spools.open()) {
            MessageDraft draft = new MessageDraft(spool);
            json.read(call.http(), draft.members());
            return answer(submissions.submit(draft.submission(key)), call.api());
        } catch (MessageTooLargeException e) {
            throw Problem.tooLarge(maxSize);
        } catch (StoreBusyException e) {
            throw Problem.busy(e.getMessage());
        }
    }

    private static Answer answer(Submitted submitted, String api) {
        if (submitted instanceof Submitted.Accepted accepted) {
            return Answer.json(
                    202,
                    "application/json",
                    Map.of("Location", api + "messages/" + accepted.id()),
                    members -> members.writeNumberProperty("id", accepted.id()));
        }
        if (submitted instanceof Submitted.Refused refused) {
            Kind kind = switch (refused.reason()) {
                case UNKNOWN_DOMAIN -> Kind.UNKNOWN_DOMAIN;
                case OVER_QUOTA -> Kind.OVER_QUOTA;
                case KEY_TAKEN -> Kind.KEY_TAKEN;
            };
            throw new Problem(kind, refused.detail());
        }
        return Answer.json(200, members -> members.writeBooleanProperty("dropped", true));
    }

    private Answer list(Call call) {
        Map<String, String> query = call.query(Set.of("recipient", "state", "after", "limit"));
        int limit = (int) number(query, "limit", USUAL_PAGE, 1, LARGEST_PAGE);
        List<StoredMessage> found = inventory.list(new Inventory.Query(
                Optional.ofNullable(query.get("recipient")).map(MessagesResource::recipient),
                Optional.ofNullable(query.get("state")).map(MessagesResource::isHeld),
                number(query, "after", 0, 0, Long.MAX_VALUE),
                limit));
        return Answer.json(200, members -> {
            members.writeArrayPropertyStart("messages");
            for (StoredMessage each : found) {
                members.writeStartObject();
                write(each, members);
                members.writeEndObject();
            }
            members.writeEndArray();
            if (found.size() == limit) {
                members.writeNumberProperty(
                        "next", found.get(limit - 1).message().id());
            }
        });
    }

    private Answer show(Call call) {
        StoredMessage message = message(call);
        return Answer.json(200, members -> write(message, members));
    }

    private Answer withdraw(Call call) {
        DeferredMessage message = message(call).message();
        log.info("{} for {} is withdrawn by {}", message.id(), message.recipient(), peer(call));
        CompletableFuture<Answer> answer = end.apply(message)
                .thenRun(() -> withdrawn.accept(message.recipient())) // however late: only the answer does not wait
                .thenApply(gone -> Answer.nothing())
                .toCompletableFuture();
        return Patience.awaits(answer, WITHDRAWAL_LIMIT) ? answer.join() : BEING_DONE;
    }

    private Answer release(Call call) {
        DeferredMessage message = message(call).message();
        if (!inventory.release(message.id())) {
            throw new Problem(Kind.NOT_HELD, "it waits for delivery already, or has left");
        }
        log.info("{} for {} is released by {}", message.id(), message.recipient(), peer(call));
        released.accept(message.recipient());
        return Answer.nothing();
    }

    private StoredMessage message(Call call) {
        String id = call.path().get("id");
        return Optional.of(id)
                .filter(digits -> digits.matches("[0-9]{1,18}"))
                .map(Long::valueOf)
                .flatMap(inventory::find)
                .orElseThrow(() -> new Problem(Kind.NOT_FOUND, "no message has this id, or it has left"));
    }

    private static void write(StoredMessage stored, JsonGenerator members) {
        DeferredMessage message = stored.message();
        members.writeNumberProperty("id", message.id());
        members.writeStringProperty("recipient", message.recipient().uri());
        members.writeStringProperty("sender", message.sender());
        members.writeStringProperty("callId", message.callId());
        members.writeStringProperty("receivedAt", message.receivedAt().toString());
        members.writeStringProperty("expiresAt", message.expiresAt().toString());
        if (message.contentType() != null) {
            members.writeStringProperty("contentType", message.contentType());
        }
        members.writeNumberProperty("size", message.size());
        members.writeBooleanProperty("held", stored.held());
        stored.heldReason().ifPresent(reason -> members.writeStringProperty("heldReason", reason));
    }

    private static Aor recipient(String uri) {
        try {
            return new Aor(uri);
        } catch (IllegalArgumentException e) {
            throw new Problem(Kind.MALFORMED, "recipient: " + e.getMessage());
        }
    }

    private static boolean isHeld(String state) {
        return switch (state) {
            case "held" -> true;
            case "waiting" -> false;
            default -> throw new Problem(Kind.MALFORMED, "state: waiting or held");
        };
    }

    private static long number(Map<String, String> query, String name, long usual, long least, long most) {
        String value = query.getOrDefault(name, Long.toString(usual));
        if (value.matches("[0-9]{1,18}")) {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new Problem(Kind.MALFORMED, name + ": a whole number from " + least + " to " + most);
    }

    private static String peer(Call call) {
        return call.http().getRemoteAddr();
    }
}
