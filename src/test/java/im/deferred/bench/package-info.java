/**
 * Benchmarks, which are not run with the tests: {@code mvn -Pbench -Dbench=msrp} for whole processes beside other implementations,
 * {@code mvn -Pbench -Dbench=codec} for encoder and decoder alone.
 */
package im.deferred.bench;
