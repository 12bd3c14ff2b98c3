/* store/h5_table.h - HDF5 by way of pointers, so that it is loaded when the first value is read or
 * written and not when the program starts: with what it brings in that takes longer than a whole
 * run that finds everything in the store. A function or constant of HDF5 that the store comes to
 * use is named in a list and in the definitions below. */
#ifndef ATOMLOOM_STORE_H5_TABLE_H
#define ATOMLOOM_STORE_H5_TABLE_H
#include "base/error.h"
#include <hdf5.h>
#include <zlib.h>

/* clang-format off */
#define H5_FUNCTIONS(X) \
    X(H5Aclose) X(H5Acreate2) X(H5Aexists) X(H5Aget_space) X(H5Aget_type) X(H5Aiterate2) \
    X(H5Aopen) X(H5Aread) X(H5Awrite) X(H5Dclose) X(H5Dcreate2) X(H5Dget_offset) X(H5Dget_space) \
    X( H5Dget_storage_size) X(H5Dget_type) X(H5Dopen2) X(H5Dread) X(H5Dwrite) X(H5Eset_auto2) \
    X(H5Ewalk2) X(H5Fclose) X(H5Fcreate) X(H5Fopen) X(H5Gclose) X(H5Gcreate2) X(H5Gget_info) \
    X(H5Gopen2) X(H5Lexists) X(H5Literate) \
    X(H5PLset_loading_state) X(H5Pclose) X(H5Pcreate) X( H5Pset_alignment) \
    X(H5Pset_alloc_time) X(H5Pset_attr_phase_change) X(H5Pset_fapl_core) X(H5Pset_fclose_degree) \
    X(H5Pset_file_image_callbacks) X( H5Pset_file_locking) X(H5Pset_fill_time) X(H5Pset_layout) \
    X(H5Pset_libver_bounds) X(H5Pset_link_creation_order) X( H5Pset_link_phase_change) \
    X(H5Pset_meta_block_size) X(H5Pset_obj_track_times) X(H5Sclose) X(H5Screate) \
    X(H5Screate_simple) X(H5Sget_simple_extent_dims) X(H5Sget_simple_extent_ndims) \
    X(H5Sget_simple_extent_npoints) X(H5Sget_simple_extent_type) X(H5Tclose) X(H5Tcopy) \
    X(H5Tequal) X(H5Tget_class) X(H5Tget_sign) X(H5Tget_size) X(H5Tget_strpad) \
    X(H5Tis_variable_str) X(H5Tset_cset) X(H5Tset_size) X(H5Tset_strpad) X(H5dont_atexit) \
    X(H5open) X(H5check_version) X(H5free_memory)
/* clang-format on */
/* What is asked of a file before it is believed (kit/h5_safe.h); the last three are zlib's, which
 * HDF5 brings with it. */
/* clang-format off */
#define H5_QUESTIONS(X) \
    X(H5Dget_chunk_info_by_coord) X(H5Dget_chunk_storage_size) X(H5Dget_create_plist) \
    X(H5Dget_num_chunks) X(H5Dread_chunk) \
    X(H5Pget_chunk) X(H5Pget_external_count) X(H5Pget_filter2) X(H5Pget_layout) \
    X(H5Pget_nfilters) X(H5Tget_ebias) X(H5Tget_fields) X(H5Tget_norm) X(H5Tget_offset) \
    X(H5Tget_precision) X(inflateInit_) X(inflate) X(inflateEnd)
/* clang-format on */
/* clang-format off */
#define H5_CONSTANTS(X) \
    X(H5T_STD_U8LE_g) X(H5T_STD_I32LE_g) X(H5T_STD_I64LE_g) X(H5T_IEEE_F32LE_g) \
    X(H5T_IEEE_F64LE_g) X(H5T_NATIVE_DOUBLE_g) X(H5T_C_S1_g) X(H5P_CLS_FILE_ACCESS_ID_g) \
    X(H5P_CLS_FILE_CREATE_ID_g) X(H5P_CLS_DATASET_CREATE_ID_g) X(H5P_CLS_GROUP_CREATE_ID_g)
/* clang-format on */

typedef struct h5_table {
#define X(name) __typeof__(name) *name;
    H5_FUNCTIONS(X)
    H5_QUESTIONS(X)
    H5_CONSTANTS(X)
#undef X
} h5_table;

extern h5_table h5;     /* filled by h5_load */
bool h5_load(error *e); /* once is enough; false with `e` where HDF5 cannot be had */

/* The errno of the system call that made calls of HDF5 fail since this was last asked; 0: none. */
int h5_trouble_take(void);

#ifndef H5_TABLE_PLAIN /* h5_table.c itself */
#define H5Aclose (*h5.H5Aclose)
#define H5Acreate2 (*h5.H5Acreate2)
#define H5Aexists (*h5.H5Aexists)
#define H5Aget_space (*h5.H5Aget_space)
#define H5Aget_type (*h5.H5Aget_type)
#define H5Aiterate2 (*h5.H5Aiterate2)
#define H5Aopen (*h5.H5Aopen)
#define H5Aread (*h5.H5Aread)
#define H5Awrite (*h5.H5Awrite)
#define H5Dclose (*h5.H5Dclose)
#define H5Dcreate2 (*h5.H5Dcreate2)
#define H5Dget_offset (*h5.H5Dget_offset)
#define H5Dget_space (*h5.H5Dget_space)
#define H5Dget_storage_size (*h5.H5Dget_storage_size)
#define H5Dget_type (*h5.H5Dget_type)
#define H5Dopen2 (*h5.H5Dopen2)
#define H5Dread (*h5.H5Dread)
#define H5Dwrite (*h5.H5Dwrite)
#define H5Eset_auto2 (*h5.H5Eset_auto2)
#define H5Ewalk2 (*h5.H5Ewalk2)
#define H5Fclose (*h5.H5Fclose)
#define H5Fcreate (*h5.H5Fcreate)
#define H5Fopen (*h5.H5Fopen)
#define H5Gclose (*h5.H5Gclose)
#define H5Gcreate2 (*h5.H5Gcreate2)
#define H5Gget_info (*h5.H5Gget_info)
#define H5Gopen2 (*h5.H5Gopen2)
#define H5Lexists (*h5.H5Lexists)
#define H5Literate (*h5.H5Literate)
#define H5Pclose (*h5.H5Pclose)
#define H5Pcreate (*h5.H5Pcreate)
#define H5Pset_alignment (*h5.H5Pset_alignment)
#define H5Pset_alloc_time (*h5.H5Pset_alloc_time)
#define H5Pset_attr_phase_change (*h5.H5Pset_attr_phase_change)
#define H5Pset_fapl_core (*h5.H5Pset_fapl_core)
#define H5Pset_fclose_degree (*h5.H5Pset_fclose_degree)
#define H5Pset_file_image_callbacks (*h5.H5Pset_file_image_callbacks)
#define H5Pset_file_locking (*h5.H5Pset_file_locking)
#define H5Pset_fill_time (*h5.H5Pset_fill_time)
#define H5Pset_layout (*h5.H5Pset_layout)
#define H5Pset_libver_bounds (*h5.H5Pset_libver_bounds)
#define H5Pset_link_creation_order (*h5.H5Pset_link_creation_order)
#define H5Pset_link_phase_change (*h5.H5Pset_link_phase_change)
#define H5Pset_meta_block_size (*h5.H5Pset_meta_block_size)
#define H5Pset_obj_track_times (*h5.H5Pset_obj_track_times)
#define H5Sclose (*h5.H5Sclose)
#define H5Screate (*h5.H5Screate)
#define H5Screate_simple (*h5.H5Screate_simple)
#define H5Sget_simple_extent_dims (*h5.H5Sget_simple_extent_dims)
#define H5Sget_simple_extent_ndims (*h5.H5Sget_simple_extent_ndims)
#define H5Sget_simple_extent_npoints (*h5.H5Sget_simple_extent_npoints)
#define H5Sget_simple_extent_type (*h5.H5Sget_simple_extent_type)
#define H5Tclose (*h5.H5Tclose)
#define H5Tcopy (*h5.H5Tcopy)
#define H5Tequal (*h5.H5Tequal)
#define H5Tget_class (*h5.H5Tget_class)
#define H5Tget_sign (*h5.H5Tget_sign)
#define H5Tget_size (*h5.H5Tget_size)
#define H5Tget_strpad (*h5.H5Tget_strpad)
#define H5Tis_variable_str (*h5.H5Tis_variable_str)
#define H5Tset_cset (*h5.H5Tset_cset)
#define H5Tset_size (*h5.H5Tset_size)
#define H5Tset_strpad (*h5.H5Tset_strpad)
#define H5dont_atexit (*h5.H5dont_atexit)
#define H5open (*h5.H5open)
#define H5check_version (*h5.H5check_version)
#define H5free_memory (*h5.H5free_memory)
#define H5T_STD_U8LE_g (*h5.H5T_STD_U8LE_g)
#define H5T_STD_I32LE_g (*h5.H5T_STD_I32LE_g)
#define H5T_STD_I64LE_g (*h5.H5T_STD_I64LE_g)
#define H5T_IEEE_F32LE_g (*h5.H5T_IEEE_F32LE_g)
#define H5T_IEEE_F64LE_g (*h5.H5T_IEEE_F64LE_g)
#define H5T_NATIVE_DOUBLE_g (*h5.H5T_NATIVE_DOUBLE_g)
#define H5T_C_S1_g (*h5.H5T_C_S1_g)
#define H5P_CLS_FILE_ACCESS_ID_g (*h5.H5P_CLS_FILE_ACCESS_ID_g)
#define H5P_CLS_FILE_CREATE_ID_g (*h5.H5P_CLS_FILE_CREATE_ID_g)
#define H5P_CLS_DATASET_CREATE_ID_g (*h5.H5P_CLS_DATASET_CREATE_ID_g)
#define H5P_CLS_GROUP_CREATE_ID_g (*h5.H5P_CLS_GROUP_CREATE_ID_g)
#define H5Dget_chunk_info_by_coord (*h5.H5Dget_chunk_info_by_coord)
#define H5Dget_chunk_storage_size (*h5.H5Dget_chunk_storage_size)
#define H5Dget_create_plist (*h5.H5Dget_create_plist)
#define H5Dget_num_chunks (*h5.H5Dget_num_chunks)
#define H5Dread_chunk (*h5.H5Dread_chunk)
#define H5Pget_chunk (*h5.H5Pget_chunk)
#define H5Pget_external_count (*h5.H5Pget_external_count)
#define H5Pget_filter2 (*h5.H5Pget_filter2)
#define H5Pget_layout (*h5.H5Pget_layout)
#define H5Pget_nfilters (*h5.H5Pget_nfilters)
#define H5Tget_ebias (*h5.H5Tget_ebias)
#define H5Tget_fields (*h5.H5Tget_fields)
#define H5Tget_norm (*h5.H5Tget_norm)
#define H5Tget_offset (*h5.H5Tget_offset)
#define H5Tget_precision (*h5.H5Tget_precision)
#define inflateInit_ (*h5.inflateInit_)
#define inflate (*h5.inflate)
#define inflateEnd (*h5.inflateEnd)
#endif
#endif
