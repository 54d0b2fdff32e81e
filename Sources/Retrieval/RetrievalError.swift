package import Diagnostics

/// What can go wrong in Retrieval.
package enum RetrievalError: Error {}
