package import Diagnostics

/// What can go wrong in Dataflow.
package enum DataflowError: Error {}
