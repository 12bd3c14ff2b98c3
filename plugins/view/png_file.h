/* view/png_file.h - a grey picture as the bytes of a PNG file. */
#ifndef VIEW_PNG_FILE_H
#define VIEW_PNG_FILE_H
#include <atomloom/op.h>
#include "canvas.h"

/* Makes the output `port` (type `file`): 8-bit grey, no time stamp, so the same picture has the
 * same bytes. On failure the message is out. */
loom_status png_output(loom_call *call, const char *port, const canvas *c);
#endif
