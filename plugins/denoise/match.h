/* denoise/match.h - the blocks of an image, and of others of the same size, that look most like
 * one of its blocks. */
#ifndef DENOISE_MATCH_H
#define DENOISE_MATCH_H
#include "blocks.h"

/* Floats behind every row (and behind the last) that may be read: a row of distances is made for
 * whole chunks of MATCH_CHUNK places. */
enum { MATCH_CHUNK = 40, MATCH_PAD = MATCH_CHUNK + BLOCK_MAX_EDGE, MATCH_MAX_PLANES = 5 };

/* Images of one size; the first is the one being filtered. Rows are `stride` >= nx + MATCH_PAD
 * apart. */
typedef struct match_planes {
    int64_t ny, nx, stride;
    const float *plane[MATCH_MAX_PLANES];
    int count;
} match_planes;

typedef struct match_place {
    float distance; /* sum of squared differences */
    int32_t plane, y, x;
} match_place;

typedef struct match_rule {
    int edge, search; /* candidates lie up to `search` pixels away along each axis */
    int most;         /* matches, with the block itself */
    float limit;      /* of the sum of squared differences */
} match_rule;

/* The nearest matches of the block at y, x of plane 0, ascending, the block itself first; ties in
 * order of plane, y, x. Returns how many, a power of 2. */
int match_find(const match_planes *planes, const match_rule *rule, int64_t y, int64_t x,
               match_place *found);
#endif
