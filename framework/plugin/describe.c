/* plugin/describe.c - a plugin's descriptor as bytes, and back; see scan.h.
 *
 * The image holds the structs as they lie in memory, so that opening a registry of many ops is one
 * read and a pass over the list of pointers. It never leaves the machine: a layout number refuses
 * an image made by another build. */
#include "plugin/scan.h"
#include "plugin/citation.h"
#include "plugin/params.h"
#include "base/text.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct image_header {
    char magic[8];
    /* pointers: how many; their places are the last 4 * pointers bytes */
    uint32_t layout, pointers;
    uint64_t size, plugin; /* plugin: offset of the loom_plugin */
} image_header;

static const char image_magic[8] = "loomdesc";

static uint32_t image_layout(void)
{
    const size_t sizes[] = { LOOM_ABI,          sizeof(loom_op),     sizeof(loom_param),
                             sizeof(loom_port), sizeof(loom_plugin), sizeof(loom_citation),
                             sizeof(void *) };
    uint32_t h = 1;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) h = h * 1000003u + (uint32_t)sizes[i];
    return h;
}

typedef struct packer {
    text data, places;
} packer;

static size_t put(packer *p, const void *bytes, size_t n)
{
    assert(bytes || !n);
    static const char zeros[8];
    text_add(&p->data, zeros, (8 - p->data.length % 8) % 8);
    size_t at = p->data.length;
    assert(p->data.failed || at % 8 == 0);
    text_add(&p->data, bytes, n);
    return at;
}

/* The pointer at offset `at` shall point to offset `target`; 0: stays NULL. */
static void point(packer *p, size_t at, size_t target)
{
    uint64_t offset = target;
    uint32_t place = (uint32_t)at;
    assert(at <= UINT32_MAX && at % 8 == 0);
    if (p->data.failed) return;
    memcpy(p->data.data + at, &offset, sizeof offset);
    if (target) text_add(&p->places, &place, sizeof place);
}

static void point_text(packer *p, size_t at, const char *s)
{
    size_t target = 0;
    if (s) {
        target = p->data.length;
        text_add(&p->data, s, strlen(s) + 1);
    }
    point(p, at, target);
}

/* A NULL-terminated list of texts. */
static void point_texts(packer *p, size_t at, const char *const *list)
{
    size_t n = 0;
    if (list)
        while (list[n]) n++;
    size_t target = list ? put(p, list, (n + 1) * sizeof *list) : 0;
    point(p, at, target);
    for (size_t i = 0; i < n; i++) point_text(p, target + i * sizeof *list, list[i]);
}

static void point_ports(packer *p, size_t at, const loom_port *ports)
{
    size_t n = 0;
    while (ports[n].name) n++;
    size_t target = put(p, ports, (n + 1) * sizeof *ports);
    point(p, at, target);
    for (size_t i = 0; i <= n; i++) { /* the last, empty one too: its texts are NULL */
        size_t port = target + i * sizeof *ports;
        point_text(p, port + offsetof(loom_port, name), i < n ? ports[i].name : NULL);
        point_text(p, port + offsetof(loom_port, type), i < n ? ports[i].type : NULL);
        point_text(p, port + offsetof(loom_port, doc), i < n ? ports[i].doc : NULL);
    }
}

static void point_params(packer *p, size_t at, const loom_op *op)
{
    size_t n = (size_t)params_rows(op), target = 0;
    if (op->params) target = put(p, op->params, (n + 1) * sizeof *op->params);
    point(p, at, target);
    for (size_t i = 0; op->params && i <= n; i++) {
        const loom_param none = { 0 }, *row = i < n ? &op->params[i] : &none;
        size_t to = target + i * sizeof *row;
        point_text(p, to + offsetof(loom_param, name), row->name);
        point_text(p, to + offsetof(loom_param, unit), row->unit);
        point_text(p, to + offsetof(loom_param, doc), row->doc);
        point_text(p, to + offsetof(loom_param, text), row->text);
        point_texts(p, to + offsetof(loom_param, choices), row->choices);
        point_texts(p, to + offsetof(loom_param, renamed_from), row->renamed_from);
    }
}

/* One row of the table of citations; its texts are put behind the table by point_citation. */
static size_t put_citation(packer *p, const loom_citation *row)
{
    loom_citation copy = { 0 };
    memcpy(&copy, row, row->size < sizeof copy ? row->size : sizeof copy);
    copy.size = row->size ? sizeof copy : 0;
    return put(p, &copy, sizeof copy);
}

static void point_citation(packer *p, size_t at, const loom_citation *row)
{
    point_text(p, at + offsetof(loom_citation, doi), row->doi);
    point_text(p, at + offsetof(loom_citation, authors), row->authors);
    point_text(p, at + offsetof(loom_citation, title), row->title);
    point_text(p, at + offsetof(loom_citation, journal), row->journal);
    point_text(p, at + offsetof(loom_citation, volume), row->volume);
    point_text(p, at + offsetof(loom_citation, pages), row->pages);
    point_text(p, at + offsetof(loom_citation, book), row->book);
    point_text(p, at + offsetof(loom_citation, publisher), row->publisher);
}

/* Rows of this build's size, from a table of any, or from the text that older plugins have instead.
 */
static void point_citations(packer *p, size_t at, const loom_op *op)
{
    const loom_citation none = { 0 }, *table = citations_of(op);
    const char *line = op->cites, *again = op->cites;
    citation_line old;
    size_t first = 0, k = 0;
    for (const loom_citation *row = table; row && row->size; row = citation_after(row), k++) {
        size_t to = put_citation(p, row);
        if (!k) first = to;
    }
    for (; !table && citation_line_read(&line, &old); k++) {
        size_t to = put_citation(p, &old.is);
        if (!k) first = to;
    }
    size_t end = put_citation(p, &none);
    point(p, at, k ? first : end);
    for (const loom_citation *row = table; row && row->size;
         row = citation_after(row), first += sizeof none)
        point_citation(p, first, row);
    for (; !table && citation_line_read(&again, &old); first += sizeof none)
        point_citation(p, first, &old.is);
    point_citation(p, end, &none);
}

static size_t put_op(packer *p, const loom_op *op)
{
    assert(op->size >= OP_FIRST_SIZE);
    loom_op copy = { 0 };
    memcpy(&copy, op, op->size < sizeof copy ? op->size : sizeof copy);
    copy.size = sizeof copy;
    copy.run = NULL;
    copy.estimate = NULL;
    size_t at = put(p, &copy, sizeof copy);
    point_text(p, at + offsetof(loom_op, id), op->id);
    point_text(p, at + offsetof(loom_op, summary), op->summary);
    point_text(p, at + offsetof(loom_op, method), op->method);
    point_text(p, at + offsetof(loom_op, cites), op->cites);
    point_text(p, at + offsetof(loom_op, limits), op->limits);
    point_text(p, at + offsetof(loom_op, writes_type), op->writes_type);
    point_text(p, at + offsetof(loom_op, writes_extension), op->writes_extension);
    point_ports(p, at + offsetof(loom_op, inputs), op->inputs);
    point_ports(p, at + offsetof(loom_op, outputs), op->outputs);
    point_params(p, at + offsetof(loom_op, params), op);
    point_citations(p, at + offsetof(loom_op, citations), op);
    return at;
}

bool descriptor_pack(const loom_plugin *plugin, descriptor_image *out, error *e)
{
    assert(plugin->ops);
    packer p = { 0 };
    image_header header = { .layout = image_layout() };
    memcpy(header.magic, image_magic, sizeof header.magic);
    put(&p, &header, sizeof header);
    header.plugin = put(&p, plugin, sizeof *plugin);
    point_text(&p, header.plugin + offsetof(loom_plugin, name), plugin->name);
    point_text(&p, header.plugin + offsetof(loom_plugin, version), plugin->version);
    point_text(&p, header.plugin + offsetof(loom_plugin, licence), plugin->licence);
    size_t n = 0;
    while (plugin->ops[n]) n++;
    size_t list = put(&p, plugin->ops, (n + 1) * sizeof *plugin->ops);
    point(&p, header.plugin + offsetof(loom_plugin, ops), list);
    for (size_t i = 0; i < n; i++)
        point(&p, list + i * sizeof *plugin->ops, put_op(&p, plugin->ops[i]));
    header.pointers = (uint32_t)(p.places.length / sizeof(uint32_t));
    put(&p, p.places.data, p.places.length);
    header.size = p.data.length;
    bool good = !p.data.failed && !p.places.failed;
    if (good) memcpy(p.data.data, &header, sizeof header);
    else error_memory(e, "a plugin's descriptor");
    text_free(&p.places);
    out->size = p.data.length;
    out->bytes = text_take(&p.data);
    return good;
}

const loom_plugin *descriptor_unpack(void *bytes, size_t size)
{
    assert((uintptr_t)bytes % 8 == 0);
    image_header header;
    if (size < sizeof header) return NULL;
    memcpy(&header, bytes, sizeof header);
    if (memcmp(header.magic, image_magic, sizeof header.magic) || header.layout != image_layout()
        || header.size != size)
        return NULL;
    if (header.pointers > (size - sizeof header) / sizeof(uint32_t) || header.plugin < sizeof header
        || header.plugin % 8 || header.plugin > size - sizeof(loom_plugin))
        return NULL;
    char *base = bytes;
    const char *places = base + size - header.pointers * sizeof(uint32_t);
    for (uint32_t i = 0; i < header.pointers; i++) {
        uint32_t place;
        uint64_t offset;
        memcpy(&place, places + i * sizeof place, sizeof place);
        if (place > size - sizeof offset || place % 8 || place < sizeof header) return NULL;
        memcpy(&offset, base + place, sizeof offset);
        if (offset >= size || !memchr(base + offset, 0, size - offset)) return NULL;
        char *target = base + offset;
        memcpy(base + place, &target, sizeof target);
    }
    return (const loom_plugin *)(const void *)(base + header.plugin);
}
