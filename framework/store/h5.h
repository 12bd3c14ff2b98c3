/* store/h5.h - what the writer and the reader of HDF5 values share. HDF5 is touched in no other
 * file of the framework. */
#ifndef ATOMLOOM_STORE_H5_H
#define ATOMLOOM_STORE_H5_H
#include <atomloom/value.h>
#include "store/h5_table.h"

#define H5_TYPE "atomloom_type"   /* root attribute: the value's type */
#define H5_TEXTS "atomloom_texts" /* group of texts too long for an attribute */
#define H5_UNIT "unit"            /* attribute of a dataset */
#define H5_UNIT_SUFFIX ".unit"    /* of the attribute that holds a number's unit */

hid_t h5_type_of(loom_dtype dtype);
#endif
