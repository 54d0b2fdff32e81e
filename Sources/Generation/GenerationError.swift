package import Diagnostics

/// What can go wrong in Generation.
package enum GenerationError: Error {}
