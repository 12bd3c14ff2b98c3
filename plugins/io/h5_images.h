/* io/h5_images.h - what the layouts of HDF5 files say of their images: Velox and Berkeley EMD. */
#ifndef ATOMLOOM_IO_H5_IMAGES_H
#define ATOMLOOM_IO_H5_IMAGES_H
#include "io/h5_file.h"
#include "io/image_file.h"

/* Is the dataset one of Velox's stacks, [y][x][frame]: Data/Image/ID/Data? */
bool velox_is_stack(const h5_set *set);
/* The detector's name, from the metadata of the first frame; "" where they have none. */
void velox_detector(const h5_file *f, const h5_set *set, char *out, size_t room);
/* Size of pixels and the stage's tilt of each frame, from the metadata, into *i, whose shape is
 * [frame][y][x]. False after failing. */
bool velox_describe(const h5_file *f, const h5_set *set, image_file *i);

/* Is the dataset the numbers of a group that is marked as Berkeley's EMD has it? */
bool berkeley_is_data(const h5_file *f, const h5_set *set);
/* Axes, from the group's dim1, dim2, ...; one of angles has the tilts. False after failing. */
bool berkeley_describe(const h5_file *f, const h5_set *set, image_file *i);
#endif
