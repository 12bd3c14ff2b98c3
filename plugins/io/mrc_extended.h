/* io/mrc_extended.h - what the extended header of an MRC file says of each section. */
#ifndef ATOMLOOM_IO_MRC_EXTENDED_H
#define ATOMLOOM_IO_MRC_EXTENDED_H
#include <atomloom/op.h>

typedef struct mrc_sections {
    const char *kind; /* "SerialEM's extended header"; NULL: nothing that is known; static */
    bool tilts, size; /* which are there, of all sections */
    double *tilt_deg; /* the caller's, [n] */
    double pixel_A;   /* of the first section */
} mrc_sections;

/* Reads the extended header (`bytes` of it) of n sections. The kind is told by EXTTYP; files
 * without it have FEI's older layout or SerialEM's where the two numbers of word 32 say so
 * (https://www.ccpem.ac.uk/mrc_format/mrc2014.php, IMOD's format page). Values that cannot be a
 * tilt or a size are as none. */
void mrc_read_sections(const unsigned char *header, const unsigned char *extended, size_t bytes,
                       bool big, int64_t n, mrc_sections *out);
#endif
