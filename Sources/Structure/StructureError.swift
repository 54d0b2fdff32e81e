package import Diagnostics

/// What can go wrong in Structure.
package enum StructureError: Error {}
