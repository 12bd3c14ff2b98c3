/* io.write_cif, _csv, _pdb, _poscar, _nrrd, _ply, _stl, _vti, _vtk, _series_tiff, _rawtlt,
 * _series_mrc: what is in the file is what was given, at the place where other programs look for
 * it; what a format cannot hold is refused.
 */
#include "io_files.h"
#include "support/suite.h"
#include <math.h>

enum { ATOMS = 4 };
static const double position[3 * ATOMS] = { 0, 0, 0, 1.25, -2.5, 3, -4, 5.125, 6, 0.001, 7, -8 };
static const int32_t species[ATOMS] = { 1, 0, 1, 0 };

static op_call written(const char *id, const char *port, const loom_value *v)
{
    op_call c = { .op = op_load(id) };
    op_input(&c, port, v);
    op_must_be_deterministic(&c);
    return c;
}

static const char *bytes_in(const op_call *c)
{
    return value_array(op_output(c, "file"), "bytes")->data;
}

static int64_t length_of(const op_call *c)
{
    return value_array(op_output(c, "file"), "bytes")->dim[0];
}

/* The text, with an end. Owned. */
static char *text_in(const op_call *c)
{
    char *s = calloc(1, (size_t)length_of(c) + 1);
    return memcpy(s, bytes_in(c), (size_t)length_of(c));
}

static double cell_edge(const char *all, const char *name)
{
    const char *at = strstr(all, name);
    ck_assert_ptr_nonnull(at);
    return atof(at + strlen(name));
}

START_TEST(a_cif_has_the_distances_of_the_atoms)
{
    loom_value *v = make_atoms(ATOMS, position, species, "Pd Ir");
    op_call c = written("io.write_cif", "atoms", v);
    char *all = text_in(&c), *line = strstr(all, "_atom_site_occupancy\n");
    double edge[3] = { cell_edge(all, "_cell_length_a "), cell_edge(all, "_cell_length_b "),
                       cell_edge(all, "_cell_length_c ") },
           first[3] = { 0 };
    ck_assert_ptr_nonnull(line);
    for (int i = 0; i < ATOMS; i++) {
        char label[16], symbol[8];
        double f[3];
        line = strchr(line, '\n') + 1;
        ck_assert_int_eq(sscanf(line, "%15s %7s %lf %lf %lf", label, symbol, f, f + 1, f + 2), 5);
        ck_assert_str_eq(symbol, species[i] ? "Ir" : "Pd");
        for (int k = 0; k < 3; k++) {
            ck_assert(f[k] > 0 && f[k] < 1);
            if (!i) first[k] = f[k];
            ck_assert_double_eq_tol((f[k] - first[k]) * edge[k], position[3 * i + k] - position[k],
                                    1e-8);
        }
    }
    free(all);
    op_end(&c);
    value_free(v);
}
END_TEST

/* io.read_xyz reads it as it is: symbols, units, words with what separates in them. */
START_TEST(a_csv_comes_back)
{
    static const char words[] = "core\nat \"the\" edge, or near\n#7";
    loom_value *v = make_atoms(ATOMS, position, species, "Ir Pd");
    double depth[ATOMS] = { 0.1, 1.0 / 3, 1e-30, -4 };
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ ATOMS }, "angstrom", depth);
    make_array(v, "site", LOOM_I32, 1, (int64_t[]){ ATOMS }, NULL, species);
    make_array(v, "place", LOOM_I32, 1, (int64_t[]){ ATOMS }, NULL, (int32_t[]){ 1, 0, 2, 0 });
    make_array(v, "pair", LOOM_I32, 2, (int64_t[]){ ATOMS, 2 }, NULL, NULL);
    ck_assert(value_set_text(v, "categories.place", words, NULL));
    op_call c = written("io.write_csv", "atoms", v);
    char *all = text_in(&c);
    ck_assert_ptr_eq(strstr(all, "species,x [angstrom],y [angstrom],z [angstrom],depth [angstrom],"
                                 "site,place\nPd,0,0,0,0.1,1,\"at \"\"the"),
                     all);
    free(all);
    op_call back = { .op = op_load("io.read_xyz"),
                     .params = { file_with(bytes_in(&c), (size_t)length_of(&c)),
                                 "symbols=[Ir, Pd]" } };
    op_must_run(&back);
    const loom_value *atoms = op_output(&back, "atoms");
    ck_assert_mem_eq(value_array(atoms, "position")->data, position, sizeof position);
    ck_assert_mem_eq(value_array(atoms, "species")->data, species, sizeof species);
    ck_assert_mem_eq(value_array(atoms, "depth")->data, depth, sizeof depth);
    ck_assert_str_eq(value_attribute(atoms, "categories.place")->text,
                     "at \"the\" edge, or near\ncore\n#7");
    remove_file(back.params[0]);
    op_end(&back);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(a_poscar_is_ordered_by_element)
{
    loom_value *v = make_atoms(ATOMS, position, species, "Pd Ir");
    op_call c = written("io.write_poscar", "atoms", v);
    char *all = text_in(&c), *line = strstr(all, "Pd Ir \n2 2 \nCartesian\n");
    static const int order[ATOMS] = { 1, 3, 0, 2 };
    double first[3] = { 0 };
    ck_assert_ptr_nonnull(line);
    line = strstr(line, "Cartesian");
    for (int i = 0; i < ATOMS; i++) {
        double x[3];
        line = strchr(line, '\n') + 1;
        ck_assert_int_eq(sscanf(line, "%lf %lf %lf", x, x + 1, x + 2), 3);
        for (int k = 0; k < 3; k++) {
            if (!i) first[k] = x[k] - position[3 * order[0] + k];
            ck_assert_double_eq_tol(x[k] - first[k], position[3 * order[i] + k], 1e-8);
        }
    }
    free(all);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(a_pdb_keeps_its_columns)
{
    loom_value *v = make_atoms(ATOMS, position, species, "Pd Ir");
    op_call c = written("io.write_pdb", "atoms", v);
    char *all = text_in(&c);
    ck_assert_int_eq(strncmp(all + 79,
                             "HETATM    2 PD   UNK A   1       1.250  -2.500   3.000  1.00  0.00"
                             "          PD\n",
                             79),
                     0);
    free(all);
    op_end(&c);
    value_free(v);
    v = make_atoms(1, (double[]){ 0, 10000, 0 }, (int32_t[]){ 0 }, "Pd");
    c = (op_call){ .op = op_load("io.write_pdb") };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "has room for");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(words_that_are_no_elements_are_refused)
{
    static const char *const ops[] = { "io.write_cif", "io.write_pdb", "io.write_poscar" };
    loom_value *v = make_atoms(ATOMS, position, species, "Pd Qq");
    for (int i = 0; i < 3; i++) {
        op_call c = { .op = op_load(ops[i]) };
        op_input(&c, "atoms", v);
        op_must_fail(&c, LOOM_E_DATA, "atoms", "Qq");
        op_end(&c);
    }
    value_free(v);
}
END_TEST

START_TEST(an_nrrd_lies_where_the_volume_does)
{
    float density[2 * 3 * 4];
    for (int i = 0; i < 24; i++) density[i] = (float)i + 0.5f;
    loom_value *v = make_volume(2, 3, 4, 0.5, density);
    make_array(v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", (double[]){ 1, 2, 3 });
    op_call c = written("io.write_nrrd", "volume", v);
    char *all = text_in(&c);
    ck_assert_ptr_nonnull(strstr(all, "sizes: 4 3 2\n"));
    ck_assert_ptr_nonnull(strstr(all, "space origin: (0,1.5,2.5)\n")); /* of voxel 0, 0, 0 */
    ck_assert_ptr_nonnull(strstr(all, "encoding: raw\n\n"));
    ck_assert_mem_eq(bytes_in(&c) + length_of(&c) - 96, density, 96);
    free(all);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(a_vti_lies_where_the_volume_does)
{
    float density[2 * 3 * 4];
    for (int i = 0; i < 24; i++) density[i] = (float)i + 0.5f;
    loom_value *v = make_volume(2, 3, 4, 0.5, density);
    make_array(v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", (double[]){ 1, 2, 3 });
    op_call c = written("io.write_vti", "volume", v);
    char *all = text_in(&c);
    ck_assert_ptr_nonnull(strstr(all, "WholeExtent=\"0 3 0 2 0 1\" Origin=\"0 1.5 2.5\""));
    ck_assert_ptr_nonnull(strstr(all, "Spacing=\"0.5 0.5 0.5\""));
    const char *mark = strstr(all, "encoding=\"raw\">\n_");
    ck_assert_ptr_nonnull(mark);
    const char *body = bytes_in(&c) + (mark - all) + 17;
    uint64_t bytes;
    memcpy(&bytes, body, sizeof bytes);
    ck_assert_uint_eq(bytes, sizeof density);
    ck_assert_mem_eq(body + 8, density, sizeof density);
    free(all);
    op_end(&c);
    value_free(v);
}
END_TEST

static loom_value *tetrahedron(void)
{
    static const double vertex[] = { 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 5, 5, 5 };
    static const int32_t face[] = { 0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3 };
    loom_value *v = make_value("mesh");
    make_array(v, "vertex", LOOM_F64, 2, (int64_t[]){ 5, 3 }, "angstrom", vertex);
    make_array(v, "face", LOOM_I32, 2, (int64_t[]){ 4, 3 }, "", face);
    make_array(v, "curvature", LOOM_F64, 1, (int64_t[]){ 5 }, "", (double[]){ 1, 2, 3, 4, 5 });
    return v;
}

START_TEST(a_mesh_keeps_its_faces)
{
    loom_value *v = tetrahedron();
    op_call ply = written("io.write_ply", "mesh", v), stl = written("io.write_stl", "mesh", v);
    char *all = text_in(&ply);
    const char *body = strstr(all, "end_header\n");
    ck_assert_ptr_nonnull(body);
    ck_assert_ptr_nonnull(strstr(all, "element vertex 5\n"));
    ck_assert_ptr_nonnull(strstr(all, "property double curvature\n"));
    double second[4];
    memcpy(second, body + 11 + 32, sizeof second);
    ck_assert(second[0] == 1 && second[1] == 0 && second[2] == 0 && second[3] == 2);
    int32_t last[3];
    memcpy(last, bytes_in(&ply) + length_of(&ply) - 12, sizeof last);
    ck_assert(last[0] == 1 && last[1] == 2 && last[2] == 3);
    uint32_t facets;
    float first[12];
    ck_assert_int_eq(length_of(&stl), 84 + 4 * 50);
    memcpy(&facets, bytes_in(&stl) + 80, 4);
    memcpy(first, bytes_in(&stl) + 84, sizeof first);
    ck_assert_uint_eq(facets, 4);
    ck_assert(first[0] == 0 && first[1] == 0 && first[2] == -1); /* outward of 0, 2, 1 */
    ck_assert(first[6] == 0 && first[7] == 2 && first[8] == 0);
    free(all);
    op_end(&ply);
    op_end(&stl);
    value_free(v);
}
END_TEST

START_TEST(a_vtk_has_vertices_faces_and_columns)
{
    loom_value *v = tetrahedron();
    op_call c = written("io.write_vtk", "mesh", v);
    char *all = text_in(&c);
    ck_assert_str_eq(all, "# vtk DataFile Version 3.0\natomloom, angstrom\nASCII\n"
                          "DATASET POLYDATA\nPOINTS 5 double\n"
                          "0 0 0\n1 0 0\n0 2 0\n0 0 3\n5 5 5\n"
                          "POLYGONS 4 16\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n"
                          "POINT_DATA 5\nSCALARS curvature double 1\nLOOKUP_TABLE default\n"
                          "1\n2\n3\n4\n5\n");
    free(all);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(a_damaged_mesh_is_refused)
{
    static const char *const ops[] = { "io.write_ply", "io.write_stl", "io.write_vtk" };
    loom_value *v = tetrahedron();
    ((int32_t *)value_array(v, "face")->data)[4] = 5;
    for (int i = 0; i < 3; i++) {
        op_call c = { .op = op_load(ops[i]) };
        op_input(&c, "mesh", v);
        op_must_fail(&c, LOOM_E_DATA, "mesh", "face 1 names vertex 5 of 5");
        op_end(&c);
    }
    value_free(v);
}
END_TEST

/* As a person would: the images and the tilts, read again with io.read_series. */
START_TEST(a_series_comes_back)
{
    float images[3 * 4 * 5];
    double angles[9] = { 0, -30.25, 0, 0, 0, 0, 0, 10.5, 0 };
    for (int i = 0; i < 60; i++) images[i] = (float)(i * i) / 7;
    loom_value *v = make_tilt_series(3, 4, 5, 0.352, images, angles);
    op_call mrc = written("io.write_series_mrc", "tilts", v),
            tilts = written("io.write_rawtlt", "tilts", v);
    char *all = text_in(&tilts), files[300];
    ck_assert_str_eq(all, "-30.25\n0\n10.5\n");
    const char *param = file_with(bytes_in(&mrc), (size_t)length_of(&mrc));
    snprintf(files, sizeof files, "files=%s", param + 5);
    op_call back = { .op = op_load("io.read_series"), .params = { files } };
    op_must_run(&back);
    const loom_value *found = op_output(&back, "tilts");
    ck_assert_mem_eq(value_array(found, "images")->data, images, sizeof images);
    ck_assert_mem_eq(value_array(found, "angles")->data, angles, sizeof angles);
    ck_assert_double_eq_tol(value_attribute(found, "pixel_size")->number, 0.352, 1e-6);
    remove_file(param);
    free(all);
    op_end(&back);
    op_end(&mrc);
    op_end(&tilts);
    value_free(v);
}
END_TEST

START_TEST(a_tiff_comes_back)
{
    float images[3 * 4 * 5];
    double angles[9] = { 0, -30.25, 0, 0, 0, 0, 0, 10.5, 0 };
    for (int i = 0; i < 60; i++) images[i] = (float)(i * i) / 7 - 3;
    loom_value *v = make_tilt_series(3, 4, 5, 0.352, images, angles);
    op_call tiff = written("io.write_series_tiff", "tilts", v);
    char files[300];
    const char *param = file_with(bytes_in(&tiff), (size_t)length_of(&tiff));
    snprintf(files, sizeof files, "files=%s", param + 5);
    op_call back = { .op = op_load("io.read_series"),
                     .params = { files, "angles=[-30.25, 0, 10.5]" } };
    op_must_run(&back);
    const loom_value *found = op_output(&back, "tilts");
    ck_assert_mem_eq(value_array(found, "images")->data, images, sizeof images);
    ck_assert_mem_eq(value_array(found, "angles")->data, angles, sizeof angles);
    ck_assert_double_eq_tol(value_attribute(found, "pixel_size")->number, 0.352, 1e-6);
    remove_file(param);
    op_end(&back);
    op_end(&tiff);
    value_free(v);
}
END_TEST

START_TEST(what_mrc_cannot_hold_is_refused)
{
    float images[4] = { 0 };
    double angles[3] = { 5, 10, 0 };
    loom_value *v = make_tilt_series(1, 2, 2, 0.352, images, angles);
    op_call c = { .op = op_load("io.write_series_mrc") };
    op_input(&c, "tilts", v);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "has the angles 5, 10, 0");
    op_end(&c);
    c = written("io.write_rawtlt", "tilts", v);
    ck_assert_mem_eq(bytes_in(&c), "5 10 0\n", 7);
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("io.writers", a_csv_comes_back, a_cif_has_the_distances_of_the_atoms,
          a_poscar_is_ordered_by_element, a_pdb_keeps_its_columns,
          words_that_are_no_elements_are_refused, an_nrrd_lies_where_the_volume_does,
          a_vti_lies_where_the_volume_does, a_tiff_comes_back, a_vtk_has_vertices_faces_and_columns,
          a_mesh_keeps_its_faces, a_damaged_mesh_is_refused, a_series_comes_back,
          what_mrc_cannot_hold_is_refused)
