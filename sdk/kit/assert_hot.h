/* kit/assert_hot.h - an assertion where time counts: inside loops over voxels, pixels, pairs.
 *
 * assert() holds in every build. This one is checked in debug builds and in those with sanitizers,
 * which define LOOM_CHECK_HOT (sdk/cmake/warnings.cmake), and costs nothing in a release. */
#ifndef LOOM_KIT_ASSERT_HOT_H
#define LOOM_KIT_ASSERT_HOT_H
#include <assert.h>

#ifdef LOOM_CHECK_HOT
#define LOOM_ASSERT_HOT(condition) assert(condition)
#else
#define LOOM_ASSERT_HOT(condition) ((void)sizeof(condition))
#endif
#endif
