/**
 * The rooms of the server with their database, put between doubles of the SIP and the MSRP side, and driven by chance: which message
 * comes, which client answers what, which commit fails, which task of which thread goes next. Beside it stands a plain model of every
 * message, and after each step the two are compared. One seed is one course of events, to the letter.
 *
 * <p>{@code mvn test -Dtest=ModelTest -Dmodel.steps=1000000 -Dmodel.seed=1}: the steps are taken in worlds of 10,000, each with a seed of
 * its own, so that a failure is played again in seconds with the seed and the steps that it names.
 */
package im.deferred.model;
