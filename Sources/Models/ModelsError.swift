package import Diagnostics

/// What can go wrong in Models.
package enum ModelsError: Error {}
