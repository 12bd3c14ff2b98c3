/* denoise/blocks.h - groups of square blocks and their transforms: cosines or wavelets
 * within a block, Haar across the group, with rows of unit norm: white noise keeps its variance. */
#ifndef DENOISE_BLOCKS_H
#define DENOISE_BLOCKS_H
#include <stdbool.h>
#include <stdint.h>

enum { BLOCK_MAX_EDGE = 16, BLOCK_MAX_GROUP = 32, BLOCK_MAX = BLOCK_MAX_EDGE * BLOCK_MAX_EDGE };

/* Edges with a transform, ascending: 8, 11, 16. */
bool block_edge_exists(int edge);

/* The transform of a block: cosines, or the biorthogonal spline wavelets 1.5 (edges that are powers
 * of 2), whose rows have unit norm and which are inverted exactly, but are not orthogonal. */
typedef enum block_kind { BLOCK_COSINES, BLOCK_WAVELETS } block_kind;
typedef struct block_tables {
    int edge;
    float forth[BLOCK_MAX], forth_t[BLOCK_MAX]; /* [frequency][sample], and its transpose */
    float back[BLOCK_MAX], back_t[BLOCK_MAX];   /* the inverse, and its transpose */
} block_tables;
void block_tables_make(block_kind kind, int edge, block_tables *out);

/* dst[edge][edge] = the transform of the block at src, whose rows are `stride` apart; and back. */
void block_forth(const block_tables *t, const float *src, int64_t stride, float *dst);
void block_back(const block_tables *t, const float *src, float *dst);

/* The Haar transform across n (a power of 2, at most BLOCK_MAX_GROUP) blocks of `pixels` numbers,
 * in place; coefficient 0 is the sum over sqrt n. */
void group_forth(float *group, int n, int pixels);
void group_back(float *group, int n, int pixels);

/* window[edge][edge]: a Kaiser window of that beta, largest value 1. */
void block_window(int edge, double beta, float *window);
#endif
