/**
 * The list of the rules of MSRP and of the tests that show them. A test shows a rule when its name begins with it ({@code m26_m29_…} shows
 * two); the rules are in {@code rules.properties}. Each run of tests writes {@code target/msrp-conformance.md}.
 */
package im.deferred.msrp.conformance;
