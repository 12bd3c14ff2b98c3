/* io/xyz.h - the parts of io.read_xyz: what the fields of a line are (xyz_layout.c,
 * xyz_heading.c), lines to atoms
 * (xyz_rows.c). Functions that return bool have failed on the call where they return false. */
#ifndef ATOMLOOM_IO_XYZ_H
#define ATOMLOOM_IO_XYZ_H
#include "io/text.h"

typedef struct xyz_params {
    loom_path file;
    loom_strings columns, symbols;
    const char *comment;
    int64_t skip_lines, frame;
    double scale;
    loom_reals shift;
} xyz_params;

enum {
    XYZ_MAX_COLUMNS = 64,
    XYZ_MAX_SYMBOLS = 256,
    XYZ_NAME_ROOM = 64,
    XYZ_SYMBOL_ROOM = 16,
    XYZ_WORD_ROOM = 4096,
    XYZ_CATEGORY_TEXT = 1 << 16
};
typedef enum xyz_role {
    XYZ_SKIP,
    XYZ_SPECIES,
    XYZ_X,
    XYZ_Y,
    XYZ_Z,
    XYZ_NUMBER,
    XYZ_WHOLE,
    XYZ_WORD
} xyz_role;

typedef struct xyz_column {
    xyz_role role;
    char name[XYZ_NAME_ROOM], unit[XYZ_NAME_ROOM];
    void *data;       /* NUMBER: double; WHOLE: int64_t scratch; WORD: int32_t codes */
    char *categories; /* WORD: the words so far, one per line */
} xyz_column;

typedef struct xyz_reader {
    loom_call *call;
    const xyz_params *p;
    io_lines lines;
    bool table;     /* any text: `columns` was given, or its first line names them */
    bool extended;  /* Properties= or the first line names all fields: there are no further ones */
    char separator; /* of a text whose first line names the fields; 0: blanks, commas, semicolons */
    int fields;     /* of the first row; all rows have as many */
    int64_t n;      /* atoms */
    int n_columns, n_symbols;
    double angstrom;    /* of one unit, as the names of x, y, z say; 0: they do not */
    int highest_number; /* of species given as atomic numbers */
    double *position;
    int32_t *species;
    xyz_column column[XYZ_MAX_COLUMNS];
    char symbol[XYZ_MAX_SYMBOLS][XYZ_SYMBOL_ROOM];
} xyz_reader;

/* Fails on `file` with the number of the line last taken. Returns false. */
bool xyz_fail(xyz_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The next field of the line, without quotes around it; false at its end. Blanks separate, in
 * tables commas and semicolons too; r->separator alone where it is set. */
bool xyz_next_field(const xyz_reader *r, io_span *line, io_span *out);

bool xyz_layout_of_parameter(xyz_reader *r);
bool xyz_layout_of_comment(xyz_reader *r, io_span comment);
/* Angstrom in a unit of length; 0 where it is none. "" is angstrom. */
double xyz_angstrom_of(io_span unit);
/* The length of one unit of the file: what `name`, the name of a coordinate or a key, says, and
 * `scale`. */
bool xyz_take_unit(xyz_reader *r, io_span name, io_span unit);
/* In any case. `words` ends with NULL. */
bool xyz_is_one_of(io_span name, const char *const *words);
/* Does the line name columns, x, y and z among them? */
bool xyz_is_heading(io_span line);
bool xyz_layout_of_heading(xyz_reader *r, io_span line);
/* Columns of a heading that hold words, by the first row. */
void xyz_find_words(xyz_reader *r, io_span first);

/* The symbols of the parameter, in their order. */
bool xyz_take_symbols(xyz_reader *r);
/* Arrays for r->n atoms. */
bool xyz_make_arrays(xyz_reader *r, loom_value *atoms);
/* The line as atom i. */
bool xyz_read_row(xyz_reader *r, io_span line, int64_t i);
/* Positions scaled and shifted, names of species and words. */
bool xyz_finish(xyz_reader *r, loom_value *atoms);
#endif
