package import Diagnostics

/// What can go wrong in BlockStorage.
package enum BlockStorageError: Error {}
