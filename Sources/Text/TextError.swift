package import Diagnostics

/// What can go wrong in Text.
package enum TextError: Error {}
