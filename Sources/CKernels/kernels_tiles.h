// The processor's tiles (AMX): eight registers of up to 16 rows of 64 bytes, one instruction for a
// product of two of them.
//
// Tiles 0 to 3 hold sums, 4 and 5 rows of the left side, 6 and 7 words of the right side.

#define TILE_SIDE 16
/// Of a row, and of a tile.
#define TILE_BYTES 64
#define TILE_SIZE (TILE_SIDE * TILE_BYTES)

/// As the processor reads it.
typedef struct {
    uint8_t palette;
    uint8_t start_row;
    uint8_t unused[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shapes;

/// Takes the tiles, of which those of the left side and of sums have `rows` rows. They are given back
/// by `_tile_release`.
KERNELS_INLINE void take_tiles(size_t rows) {
    tile_shapes shapes = {.palette = 1};
    for (int t = 0; t < 8; t++) {
        shapes.row_bytes[t] = TILE_BYTES;
        shapes.rows[t] = t < 6 ? (uint8_t)rows : TILE_SIDE;
    }
    _tile_loadconfig(&shapes);
}

/// Adds the products of two tiles to a third; tiles are constants.
#define ADD_TILES(sums, left, right, elements)                                                     \
    do {                                                                                           \
        if ((elements) == 4) {                                                                     \
            _tile_dpbusd(sums, left, right);                                                       \
        } else {                                                                                   \
            _tile_dpbf16ps(sums, left, right);                                                     \
        }                                                                                          \
    } while (0)

