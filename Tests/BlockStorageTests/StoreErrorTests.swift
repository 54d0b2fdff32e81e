import BlockStorage
import Diagnostics
import Testing

@Suite struct StoreErrorTests {
    @Test(
        arguments: [
            (
                .missing(path: "s"),
                "no store at s; check the path, or ingest something into it first", .noInput
            ),
            (
                .notAStore(path: "s", reason: "it is not a folder"),
                "s is not a store: it is not a folder; "
                    + "name the folder of a store, or an empty or new folder to make one",
                .dataError
            ),
            (
                .otherFormat(path: "s", found: 2, expected: 1),
                "store s has format version 2, and this program uses 1; "
                    + "ingest the sources again into a new store",
                .configuration
            ),
            (
                .otherEncoder(path: "s", stored: "a", given: "b"),
                "store s was made with the encoder a, and b is in use; "
                    + "use that encoder, or ingest the sources again into a new store",
                .configuration
            ),
            (
                .writerActive(path: "s"),
                "store s is being written to by another run; wait for that run to end, or stop it",
                .temporaryFailure
            ),
            (
                .diskFull(path: "s"),
                "no space left to write to store s; "
                    + "free some space and run the same command again; nothing was changed",
                .ioError
            ),
            (
                .permissionDenied(path: "s"),
                "permission denied for store s; "
                    + "check the owner and the permissions of the folder and its files",
                .noPermission
            ),
            (
                .damaged(path: "s", table: "blocks", key: "7", detail: "it is missing"),
                "store s is damaged: blocks 7: it is missing; "
                    + "ingest the sources again into a new store, or restore a copy of it",
                .dataError
            ),
        ] as [(StoreError, String, ExitCode)]
    )
    func saysWhatHappenedAndWhatToDo(error: StoreError, message: String, exitCode: ExitCode) {
        #expect(error.description == message)
        #expect(error.exitCode == exitCode)
    }
}
