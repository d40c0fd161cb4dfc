package im.deferred.settings;

import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who may use the MSRP relay, kept in the database: of a password nothing but its HA1, H(user:realm:password) in hexadecimal digits
 * (RFC 7616 §3.4.2). Safe for use by many threads and nodes.
 */
public final class RelayAccounts {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(RelayAccount.class);

    private final EntityManagerFactory entities;

    /** @param entities the database, with {@link #ENTITIES} in it */
    public RelayAccounts(EntityManagerFactory entities) {
        this.entities = entities;
    }

    /**
     * The user's HA1 by SHA-256; empty when there is no such user.
     *
     * @throws PersistenceException if the database cannot be read
     */
    public Optional<String> ha1Sha256(String user, String realm) {
        return find(user, realm, RelayAccount::ha1Sha256);
    }

    /**
     * The user's HA1 by MD5; empty when there is no such user, or none who may use MD5.
     *
     * @throws PersistenceException if the database cannot be read
     */
    public Optional<String> ha1Md5(String user, String realm) {
        return find(user, realm, RelayAccount::ha1Md5);
    }

    /**
     * Gives the user this password in place of any earlier one.
     *
     * @throws IllegalArgumentException if the user's name has a colon, which would let two users share an HA1
     * @throws PersistenceException if it could not be kept
     */
    public void set(String user, String realm, String password) {
        if (user.indexOf(':') >= 0) {
            throw new IllegalArgumentException("a colon in the user's name");
        }
        String secret = user + ":" + realm + ":" + password;
        RelayAccount account = new RelayAccount(user, realm, hash("SHA-256", secret), hash("MD5", secret));
        entities.runInTransaction(em -> em.merge(account));
    }

    /**
     * Takes the account away; nothing happens when there is none.
     *
     * @throws PersistenceException if it could not be taken away
     */
    public void remove(String user, String realm) {
        entities.runInTransaction(em -> {
            RelayAccount account = em.find(RelayAccount.class, new RelayAccount.Key(user, realm));
            if (account != null) {
                em.remove(account);
            }
        });
    }

    private Optional<String> find(String user, String realm, Function<RelayAccount, String> ha1) {
        RelayAccount.Key key = new RelayAccount.Key(user, realm);
        return Optional.ofNullable(entities.callInTransaction(em -> em.find(RelayAccount.class, key)))
                .map(ha1);
    }

    private static String hash(String algorithm, String text) {
        try {
            byte[] octets = text.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(octets));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}
