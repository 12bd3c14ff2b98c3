/* io/h5_velox.c - the EMD files of Velox (Thermo Fisher); see h5_images.h. Each frame has its
 * metadata as a JSON text, one column of a matrix of bytes. */
#include "io/h5_images.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char folder[] = "Data/Image/";

bool velox_is_stack(const h5_set *set)
{
    const char *slash = strrchr(set->path, '/');
    return !strncmp(set->path, folder, strlen(folder)) && slash && !strcmp(slash, "/Data")
           && set->rank == 3;
}

/* The metadata that go with the dataset: bytes [length][frame]; NULL, without failing, where there
 * are none. */
static const h5_set *metadata_of(const h5_file *f, const h5_set *set)
{
    char path[H5_PATH];
    snprintf(path, sizeof path, "%.*s/Metadata", (int)(strrchr(set->path, '/') - set->path),
             set->path);
    const h5_set *m = h5_find(f, path);
    return m && m->rank == 2 && m->dim[0] > 0 && m->dim[1] > 0 ? m : NULL;
}

/* All of the metadata, as scratch. */
static unsigned char *read_metadata(const h5_file *f, const h5_set *m)
{
    loom_dtype dtype;
    unsigned char *b;
    if (!h5_dtype(f, m, &dtype)) return NULL;
    if (dtype != LOOM_U8) {
        io_fail(f->source, LOOM_E_IO, "is damaged: its metadata are not bytes");
        return NULL;
    }
    b = f->source->call->host->scratch(f->source->call, (size_t)(m->dim[0] * m->dim[1]));
    return b && h5_read(f, m, dtype, b) ? b : NULL;
}

/* The metadata of one frame; owned; NULL after failing. */
static json_t *parse_frame(const h5_file *f, const h5_set *m, const unsigned char *b, int64_t frame)
{
    char *text = malloc((size_t)m->dim[0] + 1);
    size_t n = 0;
    if (!text) return NULL;
    for (int64_t i = 0; i < m->dim[0]; i++) {
        text[n] = (char)b[i * m->dim[1] + frame];
        if (!text[n]) break;
        n++;
    }
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    if (!root)
        io_fail(f->source, LOOM_E_IO, "is damaged: the metadata of frame %lld are not JSON",
                (long long)frame + 1);
    return root;
}

static const char *text_at(json_t *root, const char *group, const char *key)
{
    const char *s = json_string_value(json_object_get(json_object_get(root, group), key));
    return s ? s : "";
}

/* The number that a text holds, as Velox keeps them; false where it is none. */
static bool number_at(json_t *value, double *out)
{
    const char *s = json_string_value(value);
    char *end;
    if (json_is_number(value)) return *out = json_number_value(value), true;
    if (!s || !*s) return false;
    *out = strtod(s, &end);
    return !*end;
}

void velox_detector(const h5_file *f, const h5_set *set, char *out, size_t room)
{
    const h5_set *m = metadata_of(f, set);
    const unsigned char *b = m ? read_metadata(f, m) : NULL;
    json_t *root = b ? parse_frame(f, m, b, 0) : NULL;
    snprintf(out, room, "%s", root ? text_at(root, "BinaryResult", "Detector") : "");
    json_decref(root);
}

static void set_size(json_t *root, image_file *i)
{
    static const char *const key[] = { "height", "width" }, *const unit[] = { "PixelUnitY",
                                                                              "PixelUnitX" };
    json_t *size = json_object_get(json_object_get(root, "BinaryResult"), "PixelSize");
    double step;
    for (int k = 0; k < 2; k++)
        if (number_at(json_object_get(size, key[k]), &step))
            image_set_axis(i, i->rank - 2 + k, step, text_at(root, "BinaryResult", unit[k]));
    i->size_from = "Velox's metadata";
}

bool velox_describe(const h5_file *f, const h5_set *set, image_file *i)
{
    const double degree = 180 / 3.14159265358979323846;
    const h5_set *m = metadata_of(f, set);
    if (!m) return true;
    const unsigned char *b = read_metadata(f, m);
    double *tilt =
        f->source->call->host->scratch(f->source->call, (size_t)i->dim[0] * sizeof *tilt);
    bool good = b && tilt, all = m->dim[1] == i->dim[0];
    for (int64_t k = 0; good && k < i->dim[0] && k < m->dim[1]; k++) {
        json_t *root = parse_frame(f, m, b, k);
        good = root != NULL;
        if (good && !k) set_size(root, i);
        all = good
              && number_at(json_object_get(json_object_get(root, "Stage"), "AlphaTilt"), &tilt[k])
              && all;
        tilt[k] *= degree;
        json_decref(root);
    }
    if (!good || !all) return good;
    i->tilt_deg = tilt;
    i->tilts = i->dim[0];
    i->tilts_from = "Velox's metadata";
    return true;
}
