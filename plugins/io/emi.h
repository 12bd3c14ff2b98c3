/* io/emi.h - the notes that TIA keeps with its series (.emi next to _1.ser): an XML text inside a
 * file whose other parts are not documented. */
#ifndef ATOMLOOM_IO_EMI_H
#define ATOMLOOM_IO_EMI_H
#include <stdbool.h>
#include <stddef.h>

bool emi_begins(const unsigned char *b, size_t n);
/* The tilts of the stage in degrees, of each ObjectInfo in order, at most `room`; how many there
 * are. */
size_t emi_tilts(const unsigned char *b, size_t n, double *tilt_deg, size_t room);
#endif
