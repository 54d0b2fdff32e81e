package import Diagnostics

/// What can go wrong in Pipelines.
package enum PipelinesError: Error {}
