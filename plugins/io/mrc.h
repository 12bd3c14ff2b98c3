/* io/mrc.h - the words of an MRC2014 header that atomloom reads and writes (4-byte words, counted from 0). */
#ifndef ATOMLOOM_IO_MRC_H
#define ATOMLOOM_IO_MRC_H

enum {
    MRC_HEADER = 1024, /* bytes */
    MRC_NX = 0, MRC_NY, MRC_NZ, MRC_MODE, MRC_MX = 7, MRC_CELL_X = 10, MRC_ANGLE_X = 13, MRC_MAPC = 16, MRC_MIN = 19, MRC_MAX, MRC_MEAN,
        MRC_ISPG, MRC_EXTENDED,
    MRC_VERSION = 27, MRC_ORIGIN = 49, MRC_MAP = 52, MRC_STAMP, MRC_RMS, MRC_LABELS, MRC_LABEL
};
enum { MRC_INT8 = 0, MRC_INT16 = 1, MRC_FLOAT = 2, MRC_UINT16 = 6 };
#endif
