package import CKernels

/// One variant of the kernels, by default the fastest that can run here.
package struct Kernels: @unchecked Sendable {  // The table is constant and never freed.
    /// The variant's functions.
    package let table: UnsafePointer<kernels_table>

    /// The fastest variant that can run here.
    package static let best = Kernels(table: kernels_best())

    private init(table: UnsafePointer<kernels_table>) {
        self.table = table
    }

    /// The variant for an instruction set, or nil if it cannot run here.
    package init?(_ isa: kernels_isa) {
        guard let table = kernels_variant(isa) else { return nil }
        self.table = table
    }

    /// All variants that can run here, the slowest first.
    package static var all: [Kernels] {
        (0..<UInt32(KERNELS_ISA_COUNT)).compactMap { Kernels(kernels_isa(rawValue: $0)) }
    }

    /// The names that `RIVERRUN_MAX_ISA` may have, from the slowest instruction set to the fastest.
    package static var limits: [String] {
        (0..<UInt32(KERNELS_ISA_COUNT)).map { String(cString: kernels_isa_name(kernels_isa($0))) }
    }

    /// Whether bf16 are multiplied in tiles, where their products are added in an order of their own.
    package var isTiled: Bool { table.pointee.isa == KERNELS_ISA_AVX512_AMX }

    /// The instruction set's name.
    package var name: String { String(cString: table.pointee.name) }
}
