package import Diagnostics

/// What can go wrong in Memory.
package enum MemoryError: Error {}
