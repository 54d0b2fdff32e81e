private import Glibc

extension Environment {
    /// Lets go of the map's pages that this process has touched; the operating system's cache keeps
    /// them, and the next touch maps them again.
    ///
    /// A long run of commits would otherwise hold the whole store it wrote as resident memory. The map
    /// is shared and read only, so this may happen beside any transaction.
    func releaseResidentPages() {
        guard let mapped = mappedRegion() else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: mapped.lowerBound), mapped.count, MADV_DONTNEED)
    }

    /// Where the data file is mapped, as the kernel lists it: LMDB tells the size alone.
    private func mappedRegion() -> Range<UInt>? {
        var status = stat()
        guard stat("\(path)/data.mdb", &status) == 0 else { return nil }
        guard let maps = fopen("/proc/self/maps", "re") else { return nil }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0 {
            guard let text = line else { break }
            // start-end permissions offset device inode path
            let fields = String(cString: text).split(separator: " ", maxSplits: 5)
            guard fields.count > 4, fields[4] == "\(status.st_ino)" else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, bounds[0] < bounds[1] else { continue }
            return bounds[0]..<bounds[1]
        }
        return nil
    }
}
