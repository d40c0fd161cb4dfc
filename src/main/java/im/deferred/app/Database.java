package im.deferred.app;

import im.deferred.message.MessageStore;
import im.deferred.node.Node;
import im.deferred.registration.Registrations;
import im.deferred.settings.RelayAccounts;
import im.deferred.settings.UserSettings;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceConfiguration;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.hibernate.jpa.HibernatePersistenceConfiguration;

/** The server's database: its schema brought up to date by Flyway, and the entities of the rooms that keep something in it. */
public final class Database {

    private Database() {}

    /**
     * Migrates the schema and opens the entities over it.
     *
     * @throws org.flywaydb.core.api.FlywayException if the schema cannot be brought up to date
     * @throws jakarta.persistence.PersistenceException if the database cannot be used
     */
    public static EntityManagerFactory open(DataSource dataSource) {
        Flyway.configure(Database.class.getClassLoader())
                .dataSource(dataSource)
                // In Open Liberty Flyway finds a place by the empty file flyway.location in it: here, and in
                // db/callback, where it looks too.
                .locations("classpath:db/migration")
                .failOnMissingLocations(true)
                .load()
                .migrate();
        PersistenceConfiguration configuration = new HibernatePersistenceConfiguration("deferred-im")
                .property("hibernate.connection.datasource", dataSource)
                .property("hibernate.jdbc.batch_size", 64)
                .property("hibernate.order_inserts", true)
                .property("hibernate.query.in_clause_parameter_padding", true);
        Stream.of(
                        Registrations.ENTITIES,
                        UserSettings.ENTITIES,
                        RelayAccounts.ENTITIES,
                        MessageStore.ENTITIES,
                        Node.ENTITIES)
                .flatMap(List::stream)
                .forEach(configuration::managedClass);
        return configuration.createEntityManagerFactory();
    }
}
