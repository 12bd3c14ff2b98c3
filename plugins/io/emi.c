/* io/emi.c - see emi.h. */
#include "io/emi.h"
#include <stdlib.h>
#include <string.h>

bool emi_begins(const unsigned char *b, size_t n) { return n > 4 && b[0] == 'J' && b[1] == 'K'; }

size_t emi_tilts(const unsigned char *b, size_t n, double *tilt_deg, size_t room)
{
    static const char object[] = "<ObjectInfo>", end[] = "</ObjectInfo>",
                      label[] = "<Label>Stage A</Label><Value>";
    const unsigned char *at = b, *stop = b + n, *info;
    size_t found = 0;
    while ((info = memmem(at, (size_t)(stop - at), object, strlen(object)))) {
        const unsigned char *close = memmem(info, (size_t)(stop - info), end, strlen(end));
        if (!close) break; /* cut short: what is not whole is not believed */
        const char *value = memmem(info, (size_t)(close - info), label, strlen(label));
        if (value) {
            char *rest; /* strtod ends at the tag that follows */
            double v = strtod(value + strlen(label), &rest);
            if (*rest != '<') break;
            if (found < room) tilt_deg[found] = v;
            found++;
        }
        at = close;
    }
    return found;
}
