package import Diagnostics

/// What can go wrong in Ingestion.
package enum IngestionError: Error {}
