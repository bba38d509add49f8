/** While mutants are tried, that a property fails is all one wants to know: the smallest example takes long to find. */
import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true });
