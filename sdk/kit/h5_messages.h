/* kit/h5_messages.h - do the parts of an HDF5 object header's message fit into it? The library
 * (1.10 at least) reads past the end of some that do not. */
#ifndef LOOM_KIT_H5_MESSAGES_H
#define LOOM_KIT_H5_MESSAGES_H
#include <stdbool.h>
#include <stdint.h>

/* A message of `type` and its `n` bytes, of the older form of HDF5. True for types not known here.
 */
bool loom_h5_message_fits(unsigned type, const unsigned char *b, uint64_t n);
#endif
