/* classify/partition.h - exact k-means of numbers on a line. */
#ifndef ATOMLOOM_CLASSIFY_PARTITION_H
#define ATOMLOOM_CLASSIFY_PARTITION_H
#include <atomloom/op.h>

/* The split of n ascending numbers into k runs with the least sum of squared distances from the
 * runs' means: run c is sorted[first[c]] .. sorted[first[c+1] - 1], first[k] = n, no run empty; n
 * >= k. Of equal splits the one with the earlier cuts. `first` holds k + 1 entries. False when out
 * of memory (already reported). [main] */
bool partition_line(loom_call *call, const double *sorted, int64_t n, int64_t k, int64_t *first);
#endif
