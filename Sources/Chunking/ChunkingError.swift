package import Diagnostics

/// What can go wrong in Chunking.
package enum ChunkingError: Error {}
