package im.deferred;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.servlet.sip.SipServletMessage;

/** The plan of the house: which room knows which, and what none of them does. */
@AnalyzeClasses(packages = "im.deferred", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String EMBEDDED = "im.deferred.app.embedded..";

    @ArchTest
    static final ArchRule arrowsRunDownwards = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("im.deferred..")
            .layer("app")
            .definedBy("im.deferred.app..")
            .layer("console")
            .definedBy("im.deferred.console..")
            .layer("summary")
            .definedBy("im.deferred.summary..")
            .layer("push")
            .definedBy("im.deferred.push..")
            .layer("session")
            .definedBy("im.deferred.session..")
            .layer("message")
            .definedBy("im.deferred.message..")
            .layer("registration")
            .definedBy("im.deferred.registration..")
            .layer("settings")
            .definedBy("im.deferred.settings..")
            .layer("msrp")
            .definedBy("im.deferred.msrp..")
            .layer("node")
            .definedBy("im.deferred.node..")
            .layer("core")
            .definedBy("im.deferred.core..")
            .whereLayer("app")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("console")
            .mayOnlyAccessLayers("push", "message", "registration", "settings", "core")
            .whereLayer("summary")
            .mayOnlyAccessLayers("message", "core")
            .whereLayer("push")
            .mayOnlyAccessLayers("session", "message", "registration", "settings", "node", "msrp", "core")
            .whereLayer("session")
            .mayOnlyAccessLayers("message", "msrp", "core")
            .whereLayer("message")
            .mayOnlyAccessLayers("node", "core")
            .whereLayer("registration")
            .mayOnlyAccessLayers("core")
            .whereLayer("settings")
            .mayOnlyAccessLayers("core")
            .whereLayer("msrp")
            .mayNotAccessAnyLayer()
            .whereLayer("node")
            .mayNotAccessAnyLayer()
            .whereLayer("core")
            .mayNotAccessAnyLayer()
            .ensureAllClassesAreContainedInArchitecture();

    @ArchTest
    static final ArchRule roomsMakeNoCycle =
            slices().matching("im.deferred.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule msrpCouldStandAlone = classes()
            .that()
            .resideInAPackage("im.deferred.msrp..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "im.deferred.msrp..", "io.netty..", "java..", "javax.crypto..", "javax.net.ssl..", "org.slf4j..");

    @ArchTest
    static final ArchRule theCoreIsTheGroundFloor = classes()
            .that()
            .resideInAPackage("im.deferred.core..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("im.deferred.core..", "javax.servlet.sip..", "java..", "org.slf4j..");

    @ArchTest
    static final ArchRule onlyTheLauncherKnowsAContainer = noClasses()
            .that()
            .resideOutsideOfPackage(EMBEDDED)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(EMBEDDED, "org.mobicents..", "org.apache.catalina..", "gov.nist..", "javax.sip..");

    @ArchTest
    static final ArchRule onlyRoomsThatKeepSomethingKnowTheDatabase = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "im.deferred.app..",
                    "im.deferred.message..",
                    "im.deferred.node..",
                    "im.deferred.registration..",
                    "im.deferred.settings..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.persistence..", "java.sql..", "javax.sql..", "org.hibernate..");

    @ArchTest
    static final ArchRule theProviderIsChosenAtTheTop = noClasses()
            .that()
            .resideOutsideOfPackage("im.deferred.app..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.hibernate..", "org.flywaydb..", "com.zaxxer..");

    @ArchTest
    static final ArchRule theServerKnowsNoTests = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "im.deferred.lab..", "im.deferred.it..", "org.junit..", "org.assertj..", "com.tngtech..");

    /** Containers make strings and streams of it, each its own way; the raw content is the body byte for byte. */
    @ArchTest
    static final ArchRule bodiesAreTakenRaw = noClasses()
            .should()
            .callMethodWhere(target(name("getContent")).and(target(owner(assignableTo(SipServletMessage.class)))));

    @ArchTest
    static final ArchRule nobodySleeps = noClasses()
            .should()
            .callMethodWhere(target(name("sleep"))
                    .and(target(owner(assignableTo(Thread.class).or(assignableTo(TimeUnit.class))))));

    @ArchTest
    static final ArchRule nobodyPrintsStackTraces = noClasses()
            .should()
            .callMethodWhere(target(name("printStackTrace")).and(target(owner(assignableTo(Throwable.class)))));

    @ArchTest
    static final ArchRule everyPackageSaysWhatItIs = classes().should(bePackagesWithAnInfo());

    private static ArchCondition<JavaClass> bePackagesWithAnInfo() {
        return new ArchCondition<>("live in a package with a package-info.java") {
            @Override
            public void check(JavaClass each, ConditionEvents events) {
                Path info = Path.of("src/main/java", each.getPackageName().replace('.', '/'), "package-info.java");
                events.add(new SimpleConditionEvent(each, Files.exists(info), each.getName() + ": " + info));
            }
        };
    }
}
