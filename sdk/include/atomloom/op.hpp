/* atomloom/op.hpp - op.h for C++17: the same tables, made at compile time by functions, since C++17
 * has no designated initialisers. They are constant data, as those in C are: reading a plugin runs
 * none of its code. An exception must not leave `run`. */
#ifndef ATOMLOOM_OP_HPP
#define ATOMLOOM_OP_HPP
#include "op.h"
#include <cstddef>

namespace loom
{

/* The kind of a parameter, by the type of the member that it is bound to. */
constexpr loom_kind kind_of(double) { return LOOM_REAL; }
constexpr loom_kind kind_of(int64_t) { return LOOM_INT; }
constexpr loom_kind kind_of(bool) { return LOOM_BOOL; }
constexpr loom_kind kind_of(int32_t) { return LOOM_CHOICE; }
constexpr loom_kind kind_of(const char *) { return LOOM_STRING; }
constexpr loom_kind kind_of(loom_path) { return LOOM_PATH; }
constexpr loom_kind kind_of(loom_paths) { return LOOM_PATHS; }
constexpr loom_kind kind_of(loom_numbers) { return LOOM_NUMBERS; }
constexpr loom_kind kind_of(loom_reals) { return LOOM_REALS; }
constexpr loom_kind kind_of(loom_ints) { return LOOM_INTS; }
constexpr loom_kind kind_of(loom_strings) { return LOOM_STRINGS; }

/* A row of a parameter table; see loom_param for what each holds. Begin with LOOM_ROW. */
class param
{
    template <class T> constexpr param with(T loom_param::*member, T v) const
    {
        param copy = *this;
        copy.is.*member = v;
        return copy;
    }

  public:
    loom_param is{};

    constexpr param(const char *name, loom_kind kind, std::size_t offset)
    {
        is.size = sizeof is;
        is.name = name;
        is.kind = kind;
        is.offset = static_cast<uint32_t>(offset);
    }
    constexpr param def(double v) const { return with(&loom_param::def, v); }
    constexpr param range(double min, double max) const
    {
        return with(&loom_param::min, min).with(&loom_param::max, max);
    }
    constexpr param unit(const char *s) const { return with(&loom_param::unit, s); }
    constexpr param doc(const char *s) const { return with(&loom_param::doc, s); }
    constexpr param text(const char *s) const { return with(&loom_param::text, s); }
    constexpr param flags(uint32_t f) const { return with(&loom_param::flags, f); }
    constexpr param choices(const char *const *c) const { return with(&loom_param::choices, c); }
    constexpr param renamed_from(const char *const *names) const
    {
        return with(&loom_param::renamed_from, names);
    }
    constexpr operator loom_param() const { return is; }
};

/* The descriptor of an op; see loom_op for what each holds. */
class op
{
    template <class T> constexpr op with(T loom_op::*member, T v) const
    {
        op copy = *this;
        copy.is.*member = v;
        return copy;
    }

  public:
    loom_op is{};

    constexpr op(const char *id, loom_status (*run)(loom_call *, const void *))
    {
        is.size = sizeof is;
        is.revision = 1;
        is.id = id;
        is.run = run;
    }
    constexpr op revision(uint32_t r) const { return with(&loom_op::revision, r); }
    constexpr op summary(const char *s) const { return with(&loom_op::summary, s); }
    constexpr op method(const char *s) const { return with(&loom_op::method, s); }
    constexpr op limits(const char *s) const { return with(&loom_op::limits, s); }
    constexpr op cites(const char *s) const { return with(&loom_op::cites, s); }
    constexpr op citations(const loom_citation *c) const { return with(&loom_op::citations, c); }
    constexpr op ports(const loom_port *inputs, const loom_port *outputs) const
    {
        return with(&loom_op::inputs, inputs).with(&loom_op::outputs, outputs);
    }
    /* S: the parameter struct */
    template <class S> constexpr op params(const loom_param *table) const
    {
        return with(&loom_op::params, table).with(&loom_op::params_size, sizeof(S));
    }
    constexpr op writes(const char *type, const char *extension) const
    {
        return with(&loom_op::writes_type, type).with(&loom_op::writes_extension, extension);
    }
    constexpr op estimate(loom_status (*f)(loom_call *, const void *, loom_estimate *)) const
    {
        return with(&loom_op::estimate, f);
    }
    constexpr operator loom_op() const { return is; }
};

} // namespace loom

/* A row for the member of the parameter struct S: table and struct cannot disagree. */
#define LOOM_ROW(S, member) \
    loom::param(#member, loom::kind_of(decltype(S::member){}), offsetof(S, member))

/* LOOM_PLUGIN of op.h: once per shared object, at file scope. */
#define LOOM_PLUGIN(NAME, VERSION, LICENCE, ...) \
    static const loom_op *const loom_ops_[] = { __VA_ARGS__, nullptr }; \
    extern "C" { \
    extern LOOM_EXPORT const loom_plugin loom_plugin_v1; \
    const loom_plugin loom_plugin_v1 = { { 'a', 't', 'o', 'm', 'l', 'o', 'o', 'm' }, \
                                         sizeof(loom_plugin), \
                                         LOOM_ABI, \
                                         NAME, \
                                         VERSION, \
                                         LICENCE, \
                                         loom_ops_ }; \
    } \
    static_assert(LOOM_ABI == 1, "the symbol is that of ABI 1")
#endif
