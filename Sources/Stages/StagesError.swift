package import Diagnostics

/// What can go wrong in Stages.
package enum StagesError: Error {}
