package im.deferred.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A test that has its point in the embedded server alone; it says why. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@DisabledIfSystemProperty(
        named = "it.container",
        matches = "open-liberty",
        disabledReason = "has its point in the embedded server alone")
@interface EmbeddedOnly {

    /** Why. */
    String value();
}
