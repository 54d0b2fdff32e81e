import BlockStorage
import Testing
