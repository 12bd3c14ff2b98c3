/* io/angles.h - the tilts of a series from a file of its own, whatever program wrote it. */
#ifndef ATOMLOOM_IO_ANGLES_H
#define ATOMLOOM_IO_ANGLES_H
#include <atomloom/op.h>

typedef struct angle_list {
    int64_t n;
    double *angle_deg; /* [n][3]: phi, theta, psi; scratch */
    const char *kind;  /* "SerialEM's notes (.mdoc)"; static */
    double pixel_A;    /* 0: the file does not say */
    double dose;       /* of all tilts, e/angstrom^2; 0: the file does not say */
    /* ---- of the images that the tilts belong to, where the file says it ---- */
    int64_t nx, ny;     /* 0: it does not */
    const char *images; /* name of their file, scratch; NULL: it does not */
    double axis_deg;    /* of the tilt axis from y, anti-clockwise; NAN: it does not */
} angle_list;

/* Reads the file by its content: numbers as text (one a line; three a line are phi, theta, psi;
 * a column that is named or a number that counts the lines is told apart), .mdoc, .npy, .mat, .emi.
 * False after failing on parameter `where`. [main] */
bool angles_read(loom_call *call, const char *where, const char *path, angle_list *out);

/* For text: the file's n bytes. */
bool angles_of_text(loom_call *call, const char *where, const char *path,
                    const unsigned char *bytes, size_t n, angle_list *out);
/* Is the text SerialEM's notes? And their content. */
bool mdoc_begins(const unsigned char *bytes, size_t n);
bool angles_of_mdoc(loom_call *call, const char *where, const char *path,
                    const unsigned char *bytes, size_t n, angle_list *out);
#endif
