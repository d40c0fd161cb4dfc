/**
 * The lists of what is required and of the tests that show it. A test shows a rule of MSRP or SIP when its name begins with it
 * ({@code m26_m29_…} shows two); for the rows of the flow the file of the rules names the tests. Each run of tests writes
 * {@code target/msrp-conformance.md}, {@code target/flow-conformance.md} and {@code target/sip-conformance.md}.
 */
package im.deferred.conformance;
